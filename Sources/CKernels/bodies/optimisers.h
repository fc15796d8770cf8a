// Optimisers, to PyTorch's definitions.

// A NaN stays NaN, so that a diverged gradient is not hidden by its clipping.
static inline ALWAYS_INLINE vfloat clipped(vfloat g, float scale, float limit) {
  return vat_least(vat_most(g * scale, vbroadcast(limit)), vbroadcast(-limit));
}

// Averages of gradients that have stopped decay towards the subnormals, where each operation costs a hundred cycles and
// rounding keeps them for ever: an unused embedding row would slow every later step. Below 2^-100 they become zero.
static inline ALWAYS_INLINE vfloat settled(vfloat average) {
  return vselect(__builtin_elementwise_abs(average) < vbroadcast(0x1p-100f), vbroadcast(0), average);
}

// b = momentum b + g, w -= rate b. A zero buffer makes the first step PyTorch's (b = g). Without momentum the buffer is
// neither read nor written, and may be NULL.
static void k_sgd(float *w, const float *g, float *momentum_buffer, size_t n, float scale, float limit, float rate,
                  float momentum, float weight_decay) {
  if (momentum == 0) {
    EACH_VECTOR(n, {
      const vfloat weight = vload(w + i, count);
      const vfloat d = vfma(weight, vbroadcast(weight_decay), clipped(vload(g + i, count), scale, limit));
      vstore(w + i, vfma(d, vbroadcast(-rate), weight), count);
    });
    return;
  }
  EACH_VECTOR(n, {
    const vfloat weight = vload(w + i, count);
    const vfloat d = vfma(weight, vbroadcast(weight_decay), clipped(vload(g + i, count), scale, limit));
    const vfloat buffer = settled(vfma(vload(momentum_buffer + i, count), vbroadcast(momentum), d));
    vstore(momentum_buffer + i, buffer, count);
    vstore(w + i, vfma(buffer, vbroadcast(-rate), weight), count);
  });
}

// Tieleman and Hinton (2012): s = decay s + (1 - decay) g^2, w -= rate g / (sqrt(s) + epsilon)
static void k_rmsprop(float *w, const float *g, float *square, size_t n, float scale, float limit, float rate,
                      float decay, float epsilon, float weight_decay) {
  EACH_VECTOR(n, {
    const vfloat weight = vload(w + i, count);
    const vfloat d = vfma(weight, vbroadcast(weight_decay), clipped(vload(g + i, count), scale, limit));
    const vfloat s = settled(vfma(vload(square + i, count), vbroadcast(decay), d * d * (1 - decay)));
    vstore(square + i, s, count);
    vstore(w + i, vfma(d / (__builtin_elementwise_sqrt(s) + epsilon), vbroadcast(-rate), weight), count);
  });
}

// Kingma and Ba (2015): m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
// w -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon).
// Weight decay adds to g, or, decoupled (Loshchilov and Hutter 2019), shrinks w first: w *= 1 - rate weight_decay.
static void k_adam(float *w, const float *g, float *first, float *second, size_t n, float scale, float limit,
                   float rate, float beta1, float beta2, float epsilon, float correction1, float correction2,
                   float weight_decay, bool decoupled) {
  const float step = rate / correction1, inverse_root = 1 / __builtin_elementwise_sqrt(correction2);
  const float shrink = decoupled ? 1 - rate * weight_decay : 1, coupled = decoupled ? 0 : weight_decay;
  EACH_VECTOR(n, {
    const vfloat weight = vload(w + i, count) * shrink;
    const vfloat d = vfma(weight, vbroadcast(coupled), clipped(vload(g + i, count), scale, limit));
    const vfloat m = settled(vfma(vload(first + i, count), vbroadcast(beta1), d * (1 - beta1)));
    const vfloat v = settled(vfma(vload(second + i, count), vbroadcast(beta2), d * d * (1 - beta2)));
    vstore(first + i, m, count);
    vstore(second + i, v, count);
    const vfloat root = vfma(__builtin_elementwise_sqrt(v), vbroadcast(inverse_root), vbroadcast(epsilon));
    vstore(w + i, vfma(m / root, vbroadcast(-step), weight), count);
  });
}
