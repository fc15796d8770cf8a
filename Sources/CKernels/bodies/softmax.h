// Softmax and cross-entropy of one row of logits. The largest logit is subtracted first, so that no exponential
// overflows and their sum is at least 1; a logit of minus infinity has probability 0.

// y = exp(x - largest); returns the sum, in 16 lanes of double and then over the lanes.
static double exponentials(const float *x, float *y, float largest, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, {
    const vfloat e = v_exp_below_overflow(vload_or(x + i, count, -__builtin_inff()) - largest);
    vstore(y + i, e, count);
    sums += vwiden(e);
  });
  return vadd_lanes(sums);
}

static void k_softmax(const float *x, float *y, size_t n) {
  const double sum = exponentials(x, y, k_maximum(x, n), n);
  k_scale(y, (float)(1 / sum), y, n);
}

// In 16 lanes of double, then over the lanes.
static double sum_of_exponentials(const float *x, float largest, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, {
    sums += vwiden(v_exp_below_overflow(vload_or(x + i, count, -__builtin_inff()) - largest));
  });
  return vadd_lanes(sums);
}

static void k_log_softmax(const float *x, float offset, float *y, size_t n) {
  const float largest = k_maximum(x, n);
  const float logarithm = v_log(vbroadcast((float)sum_of_exponentials(x, largest, n)))[0];
  EACH_VECTOR(n, vstore(y + i, vload(x + i, count) - largest - logarithm + offset, count););
}

// log(sum of exp(x - largest)) - (x[target] - largest)
static float loss_of(double sum, float target_logit, float largest) {
  return v_log(vbroadcast((float)sum))[0] - (target_logit - largest);
}

static float k_cross_entropy(const float *x, size_t n, int32_t target) {
  const float largest = k_maximum(x, n);
  return loss_of(sum_of_exponentials(x, largest, n), x[target], largest);
}

static float k_cross_entropy_gradient(float *x, size_t n, int32_t target, float scale) {
  const float largest = k_maximum(x, n), target_logit = x[target];
  const double sum = exponentials(x, x, largest, n);
  k_scale(x, (float)(scale / sum), x, n);
  x[target] -= scale;
  return loss_of(sum, target_logit, largest);
}
