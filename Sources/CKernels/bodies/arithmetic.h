// Arithmetic on rows.

#define OPERATION(name, operator)                                                        \
  static void k_##name(const float *x, const float *y, float *z, size_t n) {             \
    EACH_VECTOR(n, vstore(z + i, vload(x + i, count) operator vload(y + i, count), count);); \
  }
OPERATION(add, +)
OPERATION(subtract, -)
OPERATION(multiply, *)
OPERATION(divide, /)
#undef OPERATION

static void k_scale(const float *x, float factor, float *y, size_t n) {
  EACH_VECTOR(n, vstore(y + i, vload(x + i, count) * factor, count););
}

static void k_add_scaled(const float *x, float factor, float *y, size_t n) {
  EACH_VECTOR(n, vstore(y + i, vfma(vload(x + i, count), vbroadcast(factor), vload(y + i, count)), count););
}

static void k_affine(const float *x, float factor, float shift, float *y, size_t n) {
  EACH_VECTOR(n, vstore(y + i, vfma(vload(x + i, count), vbroadcast(factor), vbroadcast(shift)), count););
}

static void k_add_product(const float *x, const float *y, float *z, size_t n) {
  EACH_VECTOR(n, vstore(z + i, vfma(vload(x + i, count), vload(y + i, count), vload(z + i, count)), count););
}

static void k_clamp(float *x, float low, float high, size_t n) {
  EACH_VECTOR(n, {
    const vfloat v = vat_least(vload(x + i, count), vbroadcast(low));
    vstore(x + i, vat_most(v, vbroadcast(high)), count);
  });
}

static void k_fill(float *x, float value, size_t n) { EACH_VECTOR(n, vstore(x + i, vbroadcast(value), count);); }
