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
