// Layer normalisation of one row (Ba, Kiros and Hinton 2016). The variance is the mean square about the mean, found in
// a second pass, so nothing cancels.

static void k_layer_norm_forward(const float *x, const float *scale, const float *shift, float epsilon, float *y,
                                 float *statistics, size_t n) {
  const float mean = (float)(k_sum(x, n) / (double)n);
  vdouble squares = 0;
  EACH_VECTOR(n, {
    // The lanes after the row hold the mean, and so add nothing.
    const vdouble v = vwiden(vload_or(x + i, count, mean) - mean);
    squares += v * v;
  });
  const double variance = vadd_lanes(squares) / (double)n;
  const float inverse = (float)(1 / __builtin_elementwise_sqrt(variance + (double)epsilon));
  statistics[0] = mean;
  statistics[1] = inverse;
  EACH_VECTOR(n, {
    const vfloat normal = (vload(x + i, count) - mean) * inverse;
    vstore(y + i, vfma(normal, vload(scale + i, count), vload(shift + i, count)), count);
  });
}

// With u = (x - mean) inverse and du = dy scale: dx = inverse (du - mean(du) - u mean(du u)),
// dscale += dy u, dshift += dy. dx may be dy.
static void k_layer_norm_backward(const float *x, const float *scale, const float *statistics, const float *dy,
                                  float *dx, float *dscale, float *dshift, size_t n) {
  const float mean = statistics[0], inverse = statistics[1];
  vdouble sums = 0, products = 0;
  EACH_VECTOR(n, {
    const vfloat u = (vload(x + i, count) - mean) * inverse, d = vload(dy + i, count);
    const vfloat du = d * vload(scale + i, count);
    sums += vwiden(du);
    products += vwiden(du * u);
    vstore(dscale + i, vfma(d, u, vload(dscale + i, count)), count);
    vstore(dshift + i, vload(dshift + i, count) + d, count);
  });
  const float mean_du = (float)(vadd_lanes(sums) / (double)n), mean_du_u = (float)(vadd_lanes(products) / (double)n);
  EACH_VECTOR(n, {
    const vfloat u = (vload(x + i, count) - mean) * inverse;
    const vfloat du = vload(dy + i, count) * vload(scale + i, count);
    vstore(dx + i, vfma(u, vbroadcast(-mean_du_u), du - mean_du) * inverse, count);
  });
}
