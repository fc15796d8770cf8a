#include "EmulatedKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "../../Sources/CKernels/bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)

typedef float floats __attribute__((ext_vector_type(16)));
typedef uint32_t words16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) floats without_subnormals(words16 x) {
  return (floats)((x & 0x7F800000) == 0 ? x & 0x80000000 : x);
}

// c + a b for a half of each word.
static inline __attribute__((always_inline)) floats multiply_halves(words16 a, words16 b, floats c) {
  const floats product = without_subnormals(a) * without_subnormals(b);
  return without_subnormals((words16)(without_subnormals((words16)c) + product));
}

// VDPBF16PS as the Intel 64 and IA-32 Architectures Software Developer's Manual (volume 2) defines it: the high halves
// before the low ones, one rounding to nearest even for each (a product of two bfloat16 is exact, so that the addition is
// the only one), operands and results that are subnormal become zero.
static inline __attribute__((always_inline)) __m512 emulated_dpbf16(__m512 c, __m512bh a, __m512bh b) {
  const floats high = multiply_halves((words16)a & 0xFFFF0000, (words16)b & 0xFFFF0000, (floats)c);
  return (__m512)multiply_halves((words16)a << 16, (words16)b << 16, high);
}

#pragma clang attribute pop

#define _mm512_dpbf16_ps emulated_dpbf16
#define rn_table_avx512bf16 rn_table_emulated
#include "../../Sources/CKernels/avx512bf16.c"

const rn_kernels *rn_kernels_emulated(void) {
  return rn_kernels_named("avx512") ? &rn_table_emulated.kernels : NULL;
}

#else

const rn_kernels *rn_kernels_emulated(void) { return NULL; }

#endif

void rn_use(const rn_kernels *kernels) { rn_active = kernels; }
