// AVX-512 with BF16: as avx512.c, and an instruction that multiplies pairs of bfloat16.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512vl,avx512dq,fma,avx2,f16c"))), apply_to = function)

typedef float sums __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) sums multiply_pairs(sums a, sums b, sums c) {
  return (sums)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
}

#define RN_TABLE avx512bf16
#define RN_LANES 16
#define RN_FUSED 1
#define RN_PAIRS multiply_pairs
#define RN_MICRO_ROWS 8
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"
#pragma clang attribute pop

#endif
