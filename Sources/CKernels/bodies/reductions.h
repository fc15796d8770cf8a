// Reductions. Sums run in double, where the square of a float is exact, so fused and separate arithmetic agree.

static double k_sum(const float *x, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, sums += vwiden(vload(x + i, count)););
  return vadd_lanes(sums);
}

static double k_sum_squares(const float *x, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, {
    const vdouble v = vwiden(vload(x + i, count));
    sums += v * v;
  });
  return vadd_lanes(sums);
}

static double k_dot(const float *x, const float *y, size_t n) {
  vdouble sums = 0;
  EACH_VECTOR(n, sums += vwiden(vload(x + i, count)) * vwiden(vload(y + i, count)););
  return vadd_lanes(sums);
}

// NaN if an element is; minus infinity for no elements.
static float k_maximum(const float *x, size_t n) {
  vfloat largest = vbroadcast(-__builtin_inff());
  vint unordered = 0;
  EACH_VECTOR(n, {
    const vfloat v = vload_or(x + i, count, -__builtin_inff());
    largest = vat_least(largest, v);
    unordered |= v != v;
  });
  float result = largest[0];
  for (int i = 1; i < WIDTH; i++) result = largest[i] > result ? largest[i] : result;
  return __builtin_reduce_or(unordered) ? __builtin_nanf("") : result;
}

static bool k_all_finite(const float *x, size_t n) {
  vint wrong = 0;
  // Infinities and NaN have every bit of the exponent set, so their magnitude is not below infinity.
  EACH_VECTOR(n, wrong |= ~(__builtin_elementwise_abs(vload(x + i, count)) < vbroadcast(__builtin_inff())););
  return __builtin_reduce_or(wrong) == 0;
}

// Columns [offset, offset + vectors * WIDTH), the last vector `count` wide.
static inline ALWAYS_INLINE void add_column_block(const float *x, size_t stride, size_t rows, const size_t vectors,
                                                  const size_t count, float *sums) {
  vfloat v[4];
  for (size_t j = 0; j < vectors; j++) v[j] = vload(sums + j * WIDTH, j + 1 < vectors ? WIDTH : count);
  for (size_t i = 0; i < rows; i++, x += stride)
    for (size_t j = 0; j < vectors; j++) v[j] += vload(x + j * WIDTH, j + 1 < vectors ? WIDTH : count);
  for (size_t j = 0; j < vectors; j++) vstore(sums + j * WIDTH, v[j], j + 1 < vectors ? WIDTH : count);
}

static void k_add_columns(const float *x, size_t stride, size_t rows, size_t n, float *sums) {
  size_t j = 0;
  // Four cache lines of a row at a time while the sums stay in registers.
  for (; j + 4 * WIDTH <= n; j += 4 * WIDTH) add_column_block(x + j, stride, rows, 4, WIDTH, sums + j);
  for (; j + WIDTH <= n; j += WIDTH) add_column_block(x + j, stride, rows, 1, WIDTH, sums + j);
  if (j < n) add_column_block(x + j, stride, rows, 1, n - j, sums + j);
}

static void k_largest_of_columns(const float *x, size_t stride, size_t rows, size_t n, float *largest, uint32_t *where) {
  EACH_VECTOR(n, {
    vfloat best = vbroadcast(-__builtin_inff());
    vint row = 0;
    for (size_t r = 0; r < rows; r++) {
      const vfloat v = vload(x + r * stride + i, count);
      const vint better = (v > best) | (v != v);
      best = vselect(better, v, best);
      row = better ? (vint)(int32_t)r : row;
    }
    vstore(largest + i, best, count);
    vstore_bits(where + i, (vuint)row, count);
  });
}
