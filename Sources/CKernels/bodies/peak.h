// The multiply-add peak of one core: chains that never leave the registers and do not wait for each other.

// Two units with a latency of 4 or 5 cycles need 10 chains; 12 leave room for two constants in 16 registers, and for a
// temporary where multiplication and addition are apart.
#define PEAK_CHAINS 12
#define PEAK_STEPS 32
#define PEAK_OPERATIONS (2.0 * PEAK_CHAINS * PEAK_STEPS * RN_LANES)

static float k_peak(size_t rounds) {
  vreg sums[PEAK_CHAINS];
#pragma clang loop unroll(full)
  for (int j = 0; j < PEAK_CHAINS; j++) sums[j] = vreg_broadcast((float)j);
  // Unknown to the compiler. The values tend to 0.5 / (1 - 0.75) = 2, away from infinity and subnormals.
  vreg factor = vreg_broadcast(0.75f), term = vreg_broadcast(0.5f);
  __asm__ volatile("" : "+r"(rounds));
  const volatile float zero = 0;
  factor += vreg_broadcast(zero);
  term += vreg_broadcast(zero);
  for (; rounds > 0; rounds--) {
#pragma clang loop unroll(full)
    for (int step = 0; step < PEAK_STEPS; step++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < PEAK_CHAINS; j++) sums[j] = vreg_fma(sums[j], factor, term);
    }
  }
  vreg all = sums[0];
  for (int j = 1; j < PEAK_CHAINS; j++) all += sums[j];
  float sum = 0;
  for (int i = 0; i < RN_LANES; i++) sum += all[i];
  return sum;
}
