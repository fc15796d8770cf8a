#ifndef EMULATED_KERNELS_H
#define EMULATED_KERNELS_H

#include "CKernels.h"

/// The table `avx512bf16` with the instruction that multiplies pairs of bfloat16 emulated, or NULL where the processor
/// lacks the rest of AVX-512.
const rn_kernels *rn_kernels_emulated(void);

/// Makes a table the active one. Only for a process that has used none before.
void rn_use(const rn_kernels *kernels);

#endif
