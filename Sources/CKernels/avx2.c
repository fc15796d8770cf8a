// AVX2 with FMA: 16 registers of 8 floats; a tile of 4 x 3 sums, 3 columns and 1 left element.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
typedef int32_t integers __attribute__((ext_vector_type(8)));

static inline __attribute__((always_inline)) integers multiply_halves(integers a, integers b) {
  return (integers)_mm256_madd_epi16((__m256i)a, (__m256i)b);
}

#define RN_TABLE avx2
#define RN_LANES 8
#define RN_FUSED 1
#define RN_HALVES multiply_halves
#define RN_MICRO_ROWS 4
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"
#pragma clang attribute pop

#endif
