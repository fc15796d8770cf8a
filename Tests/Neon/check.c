// Compares the NEON table with the portable one, kernel by kernel: for processors without NEON, under an emulator (see
// run.sh). The portable table is compared with double precision by the tests in Swift; here both get the same operands,
// and may differ by the roundings that fused multiply-adds leave out.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static int failures = 0;
static uint64_t state = 1;

static float uniform(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)(int32_t)(state >> 32) * 0x1p-31f;
}

static float *numbers(size_t n) {
  float *x = aligned_alloc(64, (n * sizeof(float) + 127) / 64 * 64);
  for (size_t i = 0; i < n; i++) x[i] = uniform();
  return x;
}

static float *copy(const float *x, size_t n) {
  float *y = numbers(n);
  memcpy(y, x, n * sizeof(float));
  return y;
}

// Relative to 1 + the value.
static void near(const char *name, size_t size, const float *a, const float *b, size_t n, double tolerance) {
  double worst = 0;
  for (size_t i = 0; i < n; i++) {
    const double d = fabs((double)a[i] - b[i]) / (1 + fabs((double)b[i]));
    if (!(d <= worst)) worst = d;
  }
  const int ok = worst <= tolerance;
  failures += !ok;
  if (!ok) printf("%s %zu: %g, allowed %g\n", name, size, worst, tolerance);
}

static const rn_kernels *neon, *plain;

static void products(size_t m, size_t k, size_t n) {
  float *a = numbers(m * k + 1), *w = numbers(n * k + 1), *x = numbers(k * n + 1), *bias = numbers(n);
  float *d = numbers(k * m + 1);
  const float **rows = malloc((m + k + 1) * sizeof *rows);
  for (int mode = 0; mode < 4; mode++) {
    float *c[2], **out = malloc(m * sizeof *out);
    for (int t = 0; t < 2; t++) {
      const rn_kernels *table = t ? plain : neon;
      float *packed = numbers(k * (n + 64) + 64);
      state = 7;
      c[t] = numbers(m * n);
      for (size_t i = 0; i < m; i++) out[i] = c[t] + i * n;
      if (mode < 3) {
        for (size_t i = 0; i < m; i++) rows[i] = a + i * k;
        table->pack_transposed(w, k, k, n, packed);
        table->matmul(rows, m, k, packed, n, out, 0, mode == 1 ? bias : NULL, mode == 2);
      } else {
        for (size_t i = 0; i < k; i++) rows[i] = x + i * n;
        table->pack(rows, 0, k, k, n, packed);
        for (size_t i = 0; i < k; i++) rows[i] = d + i * m;
        table->matmul_transposed(rows, 0, m, k, &(rn_product){packed, n, out}, 1);
      }
      free(packed);
    }
    near("product", m * 1000000 + k * 1000 + n, c[0], c[1], m * n, (double)(2 * k + 2) * 0x1p-24 * 4);
    free(c[0]), free(c[1]), free(out);
  }
  free(a), free(w), free(x), free(bias), free(d), free(rows);
}

static void elementwise(size_t n) {
  float *x = numbers(n);
  for (size_t i = 0; i < n; i++) x[i] *= 12;
#define UNARY(f)                                                  \
  do {                                                            \
    float *a = copy(x, n), *b = copy(x, n);                       \
    neon->f(x, a, n), plain->f(x, b, n);                          \
    near(#f, n, a, b, n, 1e-6), free(a), free(b);                 \
  } while (0)
  UNARY(exp);
  UNARY(tanh);
  UNARY(sigmoid);
  UNARY(relu);
  UNARY(softmax);
  float *a = copy(x, n), *b = copy(x, n);
  neon->log_softmax(x, -2, a, n), plain->log_softmax(x, -2, b, n);
  near("log_softmax", n, a, b, n, 1e-6), free(a), free(b);
  for (size_t i = 0; i < n; i++) x[i] = fabsf(x[i]) + 1e-3f;
  UNARY(log);
  const double sums[2] = {neon->sum(x, n), plain->sum(x, n)}, squares[2] = {neon->sum_squares(x, n), plain->sum_squares(x, n)};
  if (fabs(sums[0] - sums[1]) > 1e-12 * sums[1] || fabs(squares[0] - squares[1]) > 1e-12 * squares[1])
    failures++, printf("sums of %zu\n", n);
  uint32_t *words = malloc(2 * n * sizeof *words);
  neon->random_bits(3, 1, 2, 5, words, n), plain->random_bits(3, 1, 2, 5, words + n, n);
  if (memcmp(words, words + n, n * sizeof *words)) failures++, printf("random bits of %zu\n", n);
  free(words), free(x);
}

static void cells(size_t n) {
  float *gates = numbers(4 * n), *previous = numbers(n), *apart = numbers(n), *dh = numbers(n), *dc = numbers(n);
  float *g[2], *c[2], *h[2], *a[2], *e[2], *f[2];
  for (int cell = 0; cell < 3; cell++) {
    for (int t = 0; t < 2; t++) {
      const rn_kernels *table = t ? plain : neon;
      g[t] = copy(gates, 4 * n), c[t] = copy(dh, n), h[t] = copy(dh, n), a[t] = copy(apart, n);
      e[t] = copy(dh, n), f[t] = copy(dc, n);
      if (cell == 0) {
        table->lstm_forward(n, g[t], n, previous, c[t], h[t]);
        table->lstm_backward(n, g[t], n, previous, c[t], e[t], f[t]);
      } else if (cell == 1) {
        table->gru_forward(n, g[t], n, a[t], previous, h[t]);
        table->gru_backward(n, g[t], n, a[t], previous, e[t]);
      } else {
        table->elman_forward(RN_TANH, n, g[t], h[t]);
        table->elman_backward(RN_TANH, n, g[t], h[t], e[t]);
      }
    }
    const char *name = cell == 0 ? "lstm" : cell == 1 ? "gru" : "elman";
    near(name, n, g[0], g[1], 4 * n, 2e-6), near(name, n, c[0], c[1], n, 2e-6), near(name, n, h[0], h[1], n, 2e-6);
    near(name, n, a[0], a[1], n, 2e-6), near(name, n, e[0], e[1], n, 2e-6), near(name, n, f[0], f[1], n, 2e-6);
    for (int t = 0; t < 2; t++) free(g[t]), free(c[t]), free(h[t]), free(a[t]), free(e[t]), free(f[t]);
  }
  free(gates), free(previous), free(apart), free(dh), free(dc);
}

static void fields(size_t tags) {
  const size_t time = 4, stride = (tags + 15) / 16 * 16;
  float *emissions = numbers(time * tags), *w = numbers(tags * stride), *ends = numbers(stride);
  for (size_t i = 0; i < tags * stride; i++)
    if (i % stride >= tags) w[i] = -INFINITY;
  for (size_t i = tags; i < stride; i++) ends[i] = -INFINITY;
  float *arriving[2], *alpha[2], *marginals[2], *pairs[2], log_z[2];
  int32_t path[2][4];
  uint32_t *from = malloc(time * stride * sizeof *from);
  for (int t = 0; t < 2; t++) {
    const rn_kernels *table = t ? plain : neon;
    arriving[t] = numbers(time * stride), alpha[t] = numbers(time * stride), marginals[t] = numbers(time * tags);
    pairs[t] = calloc(tags * stride, sizeof(float));
    log_z[t] = (float)table->crf_forward(emissions, time, tags, w, ends, ends, stride, arriving[t], alpha[t]);
    table->crf_backward(arriving[t], alpha[t], time, tags, w, ends, stride, 1, marginals[t], pairs[t]);
    table->crf_best_path(emissions, time, tags, w, ends, ends, stride, arriving[t], from, path[t]);
  }
  near("partition", tags, log_z, log_z + 1, 1, 1e-5), near("marginals", tags, marginals[0], marginals[1], time * tags, 1e-5);
  near("pairs", tags, pairs[0], pairs[1], tags * stride, 1e-5);
  if (memcmp(path[0], path[1], sizeof path[0])) failures++, printf("best path of %zu tags\n", tags);
  for (int t = 0; t < 2; t++) free(arriving[t]), free(alpha[t]), free(marginals[t]), free(pairs[t]);
  free(emissions), free(w), free(ends), free(from);
}

static void optimisers(size_t n) {
  float *w = numbers(n), *g = numbers(n), *p[2], *q[2], *r[2];
  for (int t = 0; t < 2; t++) {
    const rn_kernels *table = t ? plain : neon;
    p[t] = copy(w, n), q[t] = calloc(n, sizeof(float)), r[t] = calloc(n, sizeof(float));
    for (int step = 1; step <= 3; step++)
      table->adam(p[t], g, q[t], r[t], n, 0.5f, 1, 0.1f, 0.9f, 0.999f, 1e-8f, 1 - powf(0.9f, (float)step),
                  1 - powf(0.999f, (float)step), 0.01f, true);
    table->sgd(p[t], g, q[t], n, 1, INFINITY, 0.1f, 0.9f, 0.01f);
  }
  near("optimisers", n, p[0], p[1], n, 2e-5);
  for (int t = 0; t < 2; t++) free(p[t]), free(q[t]), free(r[t]);
  free(w), free(g);
}

int main(void) {
  neon = rn_kernels_named("neon"), plain = rn_kernels_named("portable");
  if (!neon) return puts("this is not a processor with NEON"), 2;
  const size_t sizes[][3] = {{1, 1, 1}, {1, 600, 250}, {2, 17, 97}, {7, 48, 15}, {8, 49, 16}, {20, 300, 49}, {70, 1100, 60}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) products(sizes[i][0], sizes[i][1], sizes[i][2]);
  for (size_t n = 1; n <= 70; n++) elementwise(n), cells(n), fields(n), optimisers(n);
  printf("best table %s, %d failures\n", rn_kernels_best()->name, failures);
  return failures > 0;
}
