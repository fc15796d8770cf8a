// AVX-512 with BF16 and VNNI: as avx512.c, and instructions that multiply pairs of bfloat16 and quads of bytes.

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx512bf16,avx512vnni,avx512f,avx512bw,avx512vl,avx512dq,fma,avx2,f16c"))), apply_to = function)

typedef float sums __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) sums multiply_pairs(sums a, sums b, sums c) {
  return (sums)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
}

typedef int32_t integers __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) integers add_products(integers sums, integers w, integers x) {
  return (integers)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)w, (__m512i)x);
}

#define RN_TABLE avx512bf16
#define RN_LANES 16
#define RN_FUSED 1
#define RN_PAIRS multiply_pairs
#define RN_BYTES add_products
#define RN_MICRO_ROWS 8
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"
#pragma clang attribute pop

#endif
