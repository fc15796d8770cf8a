// AVX2 with FMA: 16 registers of 8 floats; a tile of 4 x 3 sums, 3 columns and 1 left element.

#if defined(__x86_64__)

#include <string.h>

#include "bodies/tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define RN_TABLE avx2
#define RN_LANES 8
#define RN_FUSED 1
#define RN_MICRO_ROWS 4
#define RN_MICRO_VECTORS 3
#include "bodies/table.h"
#pragma clang attribute pop

#endif
