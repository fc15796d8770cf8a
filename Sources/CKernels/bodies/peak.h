// The multiply-add peak of one core: chains that never leave the registers and do not wait for each other.

// Two units with a latency of 4 or 5 cycles need 10 chains; 12 leave room for two constants in 16 registers, and for a
// temporary where multiplication and addition are apart. Pairs of bfloat16 take longer, and have 32 registers.
#define PEAK_CHAINS 12
#define PEAK_CHAINS_OF_PAIRS 24
#define PEAK_STEPS 32

// The constants are folded where it is inlined.
static inline ALWAYS_INLINE double peak(const left_layout OPERANDS, const int CHAINS, size_t rounds,
                                        volatile float *sum) {
  vreg sums[PEAK_CHAINS_OF_PAIRS];
#pragma clang loop unroll(full)
  for (int j = 0; j < CHAINS; j++) sums[j] = vreg_broadcast((float)j);
  // Unknown to the compiler. The values tend to 0.5 / (1 - 0.75) = 2, those of pairs grow until adding 0.375 changes nothing:
  // away from infinity and subnormals.
  vreg factor = vreg_broadcast(0.75f), term = vreg_broadcast(0.5f);
  const double operations = 2.0 * (OPERANDS >= ROWS_OF_PAIRS ? 2 : 1) * CHAINS * PEAK_STEPS * RN_LANES * (double)rounds;
  __asm__ volatile("" : "+r"(rounds));
  const volatile float zero = 0;
  factor += vreg_broadcast(zero);
  term += vreg_broadcast(zero);
  for (; rounds > 0; rounds--) {
#pragma clang loop unroll(full)
    for (int step = 0; step < PEAK_STEPS; step++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < CHAINS; j++) {
        if (OPERANDS < ROWS_OF_PAIRS) sums[j] = vreg_fma(sums[j], factor, term);
        else sums[j] = multiply_add(OPERANDS, factor, term, sums[j]);
      }
    }
  }
  vreg all = sums[0];
  for (int j = 1; j < CHAINS; j++) all += sums[j];
  float total = 0;
  for (int i = 0; i < RN_LANES; i++) total += all[i];
  *sum = total;
  return operations;
}

static double k_peak(size_t rounds, volatile float *sum) { return peak(ROWS, PEAK_CHAINS, rounds, sum); }

#ifdef RN_PAIRS
static double k_peak_rounded(size_t rounds, volatile float *sum) {
  return peak(ROWS_OF_PAIRS, PEAK_CHAINS_OF_PAIRS, rounds, sum);
}
#else
#define k_peak_rounded k_peak
#endif
