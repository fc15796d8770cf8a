// The elementwise part of the recurrent cells, forward and backward, one row of n units. Pointers to the previous and
// the next state may be the same.

// Elman (1990): h = f(a)
static void k_elman_forward(rn_activation f, size_t n, const float *gates, float *h) {
  switch (f) {
    case RN_TANH: k_tanh(gates, h, n); break;
    case RN_RELU: k_relu(gates, h, n); break;
    case RN_SIGMOID: k_sigmoid(gates, h, n); break;
  }
}

// da = dh f'(a). The previous state acts through a alone, so nothing direct remains in dh.
static void k_elman_backward(rn_activation f, size_t n, float *gates, const float *h, float *dh) {
  switch (f) {
    case RN_TANH: k_tanh_backward(h, dh, gates, n); break;
    case RN_RELU: k_relu_backward(h, dh, gates, n); break;
    case RN_SIGMOID: k_sigmoid_backward(h, dh, gates, n); break;
  }
  k_fill(dh, 0, n);
}

// Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000):
// i, f, o = sigmoid(..), g = tanh(..), c = f c' + i g, h = o tanh(c)
static void k_lstm_forward(size_t n, float *gates, size_t stride, const float *previous_c, float *c, float *h) {
  float *gi = gates, *gf = gates + stride, *gg = gates + 2 * stride, *go = gates + 3 * stride;
  EACH_VECTOR(n, {
    const vfloat in = v_sigmoid(vload(gi + i, count));
    const vfloat forget = v_sigmoid(vload(gf + i, count));
    const vfloat new = v_tanh(vload(gg + i, count));
    const vfloat out = v_sigmoid(vload(go + i, count));
    const vfloat cell = vfma(forget, vload(previous_c + i, count), in * new);
    vstore(gi + i, in, count);
    vstore(gf + i, forget, count);
    vstore(gg + i, new, count);
    vstore(go + i, out, count);
    vstore(c + i, cell, count);
    vstore(h + i, out * v_tanh(cell), count);
  });
}

// With t = tanh(c) and dc all that reaches c, dc + dh o (1 - t^2):
// di = dc g i (1 - i), df = dc c' f (1 - f), dg = dc i (1 - g^2), do = dh t o (1 - o), dc' = dc f.
static void k_lstm_backward(size_t n, float *gates, size_t stride, const float *previous_c, const float *c, float *dh,
                            float *dc) {
  float *gi = gates, *gf = gates + stride, *gg = gates + 2 * stride, *go = gates + 3 * stride;
  EACH_VECTOR(n, {
    const vfloat in = vload(gi + i, count), forget = vload(gf + i, count);
    const vfloat new = vload(gg + i, count), out = vload(go + i, count);
    const vfloat from_h = vload(dh + i, count), t = v_tanh(vload(c + i, count));
    const vfloat total = vfma(from_h * out, v_tanh_slope(t), vload(dc + i, count));
    vstore(gi + i, total * new * v_sigmoid_slope(in), count);
    vstore(gf + i, total * vload(previous_c + i, count) * v_sigmoid_slope(forget), count);
    vstore(gg + i, total * in * v_tanh_slope(new), count);
    vstore(go + i, from_h * t * v_sigmoid_slope(out), count);
    vstore(dc + i, total * forget, count);
    vstore(dh + i, vbroadcast(0), count);
  });
}

// Cho et al. (2014), in PyTorch's form, where r multiplies the recurrent side after its affine part:
// r, z = sigmoid(..), n = tanh(x_n + r apart), h = (1 - z) n + z h'
static void k_gru_forward(size_t n, float *gates, size_t stride, const float *apart, const float *previous_h,
                          float *h) {
  float *gr = gates, *gz = gates + stride, *gn = gates + 2 * stride;
  EACH_VECTOR(n, {
    const vfloat reset = v_sigmoid(vload(gr + i, count));
    const vfloat update = v_sigmoid(vload(gz + i, count));
    const vfloat new = v_tanh(vfma(reset, vload(apart + i, count), vload(gn + i, count)));
    vstore(gr + i, reset, count);
    vstore(gz + i, update, count);
    vstore(gn + i, new, count);
    // This form returns h' itself where z is 1.
    vstore(h + i, vfma(update, vload(previous_h + i, count), (1 - update) * new), count);
  });
}

// dn = dh (1 - z) (1 - n^2), dz = dh (h' - n) z (1 - z), dr = dn apart r (1 - r), d apart = dn r, and directly
// dh' = dh z.
static void k_gru_backward(size_t n, float *gates, size_t stride, float *apart, const float *previous_h, float *dh) {
  float *gr = gates, *gz = gates + stride, *gn = gates + 2 * stride;
  EACH_VECTOR(n, {
    const vfloat reset = vload(gr + i, count), update = vload(gz + i, count), new = vload(gn + i, count);
    const vfloat from_h = vload(dh + i, count);
    const vfloat dnew = from_h * (1 - update) * v_tanh_slope(new);
    vstore(gr + i, dnew * vload(apart + i, count) * v_sigmoid_slope(reset), count);
    vstore(gz + i, from_h * (vload(previous_h + i, count) - new) * v_sigmoid_slope(update), count);
    vstore(gn + i, dnew, count);
    vstore(apart + i, dnew * reset, count);
    vstore(dh + i, from_h * update, count);
  });
}

// Feng et al. (2024), appendix A: positive and monotonic, so that its logarithm can be scanned.
static inline ALWAYS_INLINE vfloat v_positive(vfloat x) { return vselect(x >= 0, x + 0.5f, v_sigmoid(x)); }
// By means of y, which is at least 0.5 where x is at least 0.
static inline ALWAYS_INLINE vfloat v_positive_slope(vfloat y) {
  return vselect(y >= 0.5f, vbroadcast(1), v_sigmoid_slope(y));
}

// h = (1 - z) h' + z g
static void k_min_gru_forward(size_t n, float *gates, size_t stride, const float *previous_h, float *h) {
  float *gz = gates, *gg = gates + stride;
  EACH_VECTOR(n, {
    const vfloat update = v_sigmoid(vload(gz + i, count)), new = v_positive(vload(gg + i, count));
    vstore(gz + i, update, count);
    vstore(gg + i, new, count);
    vstore(h + i, vfma(update, new, (1 - update) * vload(previous_h + i, count)), count);
  });
}

// dz = dh (g - h') z (1 - z), dg = dh z g', dh' = dh (1 - z).
static void k_min_gru_backward(size_t n, float *gates, size_t stride, const float *previous_h, float *dh) {
  float *gz = gates, *gg = gates + stride;
  EACH_VECTOR(n, {
    const vfloat update = vload(gz + i, count), new = vload(gg + i, count), from_h = vload(dh + i, count);
    vstore(gz + i, from_h * (new - vload(previous_h + i, count)) * v_sigmoid_slope(update), count);
    vstore(gg + i, from_h * update * v_positive_slope(new), count);
    vstore(dh + i, from_h * (1 - update), count);
  });
}

// Gates far below zero would leave 0 / 0: the least that f + i counts for is the smallest normal number.
static inline ALWAYS_INLINE vfloat v_gates_sum(vfloat forget, vfloat in) {
  return vat_least(forget + in, vbroadcast(0x1p-126f));
}

// h = (f h' + i g) / (f + i)
static void k_min_lstm_forward(size_t n, float *gates, size_t stride, const float *previous_h, float *h) {
  float *gf = gates, *gi = gates + stride, *gg = gates + 2 * stride;
  EACH_VECTOR(n, {
    const vfloat forget = v_sigmoid(vload(gf + i, count)), in = v_sigmoid(vload(gi + i, count));
    const vfloat new = v_positive(vload(gg + i, count));
    vstore(gf + i, forget, count);
    vstore(gi + i, in, count);
    vstore(gg + i, new, count);
    const vfloat share = forget / v_gates_sum(forget, in);
    vstore(h + i, vfma(share, vload(previous_h + i, count), (1 - share) * new), count);
  });
}

// With s = f + i and F = f / s: df = dh (1 - F) (h' - g) / s f (1 - f), di = dh F (g - h') / s i (1 - i),
// dg = dh (1 - F) g', dh' = dh F.
static void k_min_lstm_backward(size_t n, float *gates, size_t stride, const float *previous_h, float *dh) {
  float *gf = gates, *gi = gates + stride, *gg = gates + 2 * stride;
  EACH_VECTOR(n, {
    const vfloat forget = vload(gf + i, count), in = vload(gi + i, count), new = vload(gg + i, count);
    const vfloat from_h = vload(dh + i, count), sum = v_gates_sum(forget, in), share = forget / sum;
    const vfloat towards = from_h * (vload(previous_h + i, count) - new);
    // f (1 - f) / s = F (1 - f), which stays finite.
    vstore(gf + i, towards * (1 - share) * share * (1 - forget), count);
    vstore(gi + i, -towards * share * (1 - share) * (1 - in), count);
    vstore(gg + i, from_h * (1 - share) * v_positive_slope(new), count);
    vstore(dh + i, from_h * share, count);
  });
}

static void k_zoneout_forward(size_t n, const float *mask, float rate, const float *previous, const float *candidate,
                              float *next) {
  EACH_VECTOR(n, {
    const vfloat old = vload(previous + i, count), new = vload(candidate + i, count);
    vfloat mixed = vfma(old, vbroadcast(rate), new * (1 - rate));
    if (mask) mixed = vselect(vload(mask + i, count) == 0, old, new);
    vstore(next + i, mixed, count);
  });
}

static void k_zoneout_backward(size_t n, const float *mask, float rate, float *d, float *dprevious) {
  EACH_VECTOR(n, {
    const vfloat dnext = vload(d + i, count), zero = vbroadcast(0);
    vfloat past = dnext * rate, through = dnext * (1 - rate);
    if (mask) {
      const vint stays = vload(mask + i, count) == 0;
      past = vselect(stays, dnext, zero);
      through = vselect(stays, zero, dnext);
    }
    vstore(dprevious + i, past, count);
    vstore(d + i, through, count);
  });
}
