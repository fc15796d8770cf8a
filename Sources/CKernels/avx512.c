// AVX-512 F, BW, VL and DQ: 32 registers of 16 floats; a tile of 8 x 3 sums, 3 columns and a broadcast operand.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,avx2,f16c"))), apply_to = function)
typedef int32_t integers __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) integers multiply_halves(integers a, integers b) {
  return (integers)_mm512_madd_epi16((__m512i)a, (__m512i)b);
}

#define RN_TABLE avx512
#define RN_LANES 16
#define RN_FUSED 1
#define RN_HALVES multiply_halves
#define RN_MICRO_ROWS 8
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"
#pragma clang attribute pop

#endif
