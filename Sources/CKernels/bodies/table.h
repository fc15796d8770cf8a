// Compiles every body for one instruction set and lists the functions in a table. The file that includes this one has
// defined RN_TABLE (the name), RN_LANES, RN_FUSED, RN_MICRO_ROWS, RN_MICRO_VECTORS and, where there are
// such instructions, RN_PAIRS (vector.h), RN_BYTES and RN_HALVES (narrow_int8.h); it has included the headers that must not be compiled for that target (<string.h>,
// "tables.h"), and has set the target of the functions that follow.

#include "vector.h"

#include "functions.h"

#include "arithmetic.h"
#include "cells.h"
#include "matmul.h"
#include "matmul_rounded.h"
#include "narrow.h"
#include "narrow_int8.h"
#include "reductions.h"
#include "normalisation.h"
#include "optimisers.h"
#include "peak.h"
#include "random.h"
#include "softmax.h"
#include "crf.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

const rn_table JOIN(rn_table_, RN_TABLE) = {
  .kernels =
    {
      .name = TEXT(RN_TABLE),
      .lanes = RN_LANES,
      .panel = RN_LANES * RN_MICRO_VECTORS,
      .rows = RN_MICRO_ROWS,
      .pair_words = PAIR_WORDS,
#define KERNEL(result, function, parameters, arguments) .function = k_##function,
#include "../include/kernels.def"
#undef KERNEL
    },
  .fused = RN_FUSED,
  .peak = k_peak,
  .peak_rounded = k_peak_rounded,
};
