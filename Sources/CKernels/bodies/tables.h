// What a table offers beside rn_kernels, seen by dispatch.c alone.

#ifndef CKERNELS_TABLES_H
#define CKERNELS_TABLES_H

#include "CKernels.h"

typedef struct {
  rn_kernels kernels;
  /// Multiply-adds round once (see FUSED in vector.h).
  bool fused;
  /// `rounds` rounds of independent multiply-adds in registers, and how many operations they were: `sum` depends on all
  /// of them. The second one is of what products of rounded operands are made of.
  double (*peak)(size_t rounds, volatile float *sum);
  double (*peak_rounded)(size_t rounds, volatile float *sum);
} rn_table;

// Room for the left rows of matrix products, one for each thread. The stride is 16 more than a block of k, so that rows
// do not fall on the same lines of a cache.
#define RN_LEFT_ROWS 64
#define RN_LEFT_STRIDE (512 + 16)
extern _Thread_local float rn_left[RN_LEFT_ROWS * RN_LEFT_STRIDE];

#if defined(__x86_64__)
extern const rn_table rn_table_avx512bf16, rn_table_avx512, rn_table_avx2;
#elif defined(__aarch64__)
extern const rn_table rn_table_neon;
#endif
extern const rn_table rn_table_portable;

#endif
