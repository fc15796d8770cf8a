// Softmax and cross-entropy of one row of logits. In softmax, the largest logit is subtracted first, so that no exponential
// overflows and their sum is at least 1; a logit that is 87 below it, or minus infinity, has probability 0.

// y = exp(x - largest); returns the sum, in 16 lanes of double and then over the lanes.
static double exponentials(const float *x, float *y, float largest, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, {
    const vfloat e = v_exp_or_zero(vload_or(x + i, count, -__builtin_inff()) - largest);
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
    sums += vwiden(v_exp_or_zero(vload_or(x + i, count, -__builtin_inff()) - largest));
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

// log(1 + x) for x in [0, 1] with the relative precision of the logarithm (Kahan): the rounding of 1 + x is divided out.
static inline ALWAYS_INLINE vfloat v_log_one_plus(vfloat x) {
  const vfloat u = x + 1;
  return vselect(u == 1, x, v_log(u) * x / vselect(u == 1, u, u - 1));
}

// -y p log s(x) - (1 - y) log s(-x), where s is the sigmoid and -log s(x) = log(1 + exp(-|x|)) + max(-x, 0). Nothing
// cancels and nothing overflows. Lanes without an element hold a logit whose loss is exactly zero.
static double k_binary_cross_entropy(const float *x, const float *y, const float *positive, float scale, float *dx,
                                     size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, {
    const vfloat logit = vload_or(x + i, count, -200), label = vload(y + i, count);
    const vfloat yes = positive ? label * vload(positive + i, count) : label, no = 1 - label;
    const vfloat e = v_exp_below_overflow(-__builtin_elementwise_abs(logit)), rest = v_log_one_plus(e);
    sums += vwiden(vfma(yes, rest + v_relu(-logit), no * (rest + v_relu(logit))));
    if (dx) {
      const vfloat unlikely = e / (e + 1), likely = 1 / (e + 1);
      const vint below = logit < 0;
      const vfloat slope = vfma(no, vselect(below, unlikely, likely), -yes * vselect(below, likely, unlikely));
      vstore(dx + i, scale * slope, count);
    }
  });
  return vadd_lanes(sums);
}
