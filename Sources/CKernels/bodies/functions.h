// Elementwise functions and their derivatives.
//
// Largest error over all 2^32 floats, in units in the last place, against double (FunctionAccuracyTests asserts the
// last column on one bit pattern in 97):
//
//              fused   portable   asserted
//   exp        1.07    1.05       1.1
//   log        0.87    0.87       0.9
//   tanh       2.50    2.50       2.6
//   sigmoid    2.41    2.41       2.5
//
// Infinities, subnormals and overflow come out as in C's Annex F, and NaN gives NaN. No lane branches.

// exp(x) = 2^n (1 + p), with n the integer nearest x / ln 2, r = x - n ln 2 and p = exp(r) - 1.
typedef struct {
  vfloat n, p;
} reduced_exp;

// Adding 1.5 * 2^23 rounds to an integer, held in the low bits of the sum.
#define ROUNDER 12582912.0f

static inline ALWAYS_INLINE reduced_exp reduce_exp(vfloat x) {
  const vfloat n = vfma(x, vbroadcast(0x1.715476p0f), vbroadcast(ROUNDER)) - vbroadcast(ROUNDER);
  // ln 2 in two parts (Cody and Waite 1980); the first has so few bits that its product with n is exact, fused or not.
  vfloat r = vfma(n, vbroadcast(-0.693359375f), x);
  r = vfma(n, vbroadcast(2.12194440e-4f), r);
  // (exp(r) - 1 - r) / r^2 on |r| <= ln 2 / 2: least largest error relative to exp(r) - 1 (2^-26), by Lawson's
  // reweighted least squares.
  const vfloat square = r * r;
  const vfloat low = vfma(r, vbroadcast(0x1.5554b0p-3f), vbroadcast(0x1.fffffep-2f));
  const vfloat middle = vfma(r, vbroadcast(0x1.1227f6p-7f), vbroadcast(0x1.555674p-5f));
  const vfloat q = vfma(square, vfma(square, vbroadcast(0x1.6bebf2p-10f), middle), low);
  return (reduced_exp){n, vfma(square, q, r)};
}

// 2^n for an integer n in -126...127.
static inline ALWAYS_INLINE vfloat v_power_of_two(vfloat n) {
  return vfloat_from_bits(vbits(n + vbroadcast(ROUNDER + 127)) << 23);
}

// x 2^n for an integer n in -252...254, rounded once.
static inline ALWAYS_INLINE vfloat v_scale_exponent(vfloat x, vfloat n) {
#if RN_LANES == 16
  typedef float wide __attribute__((vector_size(64)));
  return (vfloat)__builtin_ia32_scalefps512_mask((wide)x, (wide)n, (wide)x, (unsigned short)-1, 4);
#else
  // 2^n itself may not be a float. The first product is exact, since |x| is near 1.
  const vint whole = vbits(n + vbroadcast(ROUNDER)) - vbits(vbroadcast(ROUNDER)), half = whole >> 1;
  return x * vfloat_from_bits((half + 127) << 23) * vfloat_from_bits((whole - half + 127) << 23);
#endif
}

// exp(x) for x < 89; below -104 it rounds to zero.
static inline ALWAYS_INLINE vfloat v_exp_below_overflow(vfloat x) {
  const reduced_exp e = reduce_exp(vat_least(x, vbroadcast(-104)));
  return v_scale_exponent(e.p + 1, e.n);
}

static inline ALWAYS_INLINE vfloat v_exp(vfloat x) { return v_exp_below_overflow(vat_most(x, vbroadcast(89))); }

// exp(x) for x < 88, and zero for x < -87, where it would soon be subnormal: processors take many times longer to make
// such a number, or a zero by underflow. For terms of a sum whose largest is about 1, and minus infinity among them.
static inline ALWAYS_INLINE vfloat v_exp_or_zero(vfloat x) {
  const reduced_exp e = reduce_exp(vat_least(x, vbroadcast(-87)));
  return vselect(x < -87, vbroadcast(0), (e.p + 1) * v_power_of_two(e.n));
}

// 1 / (1 + exp(-x)), as exp(x) / (1 + exp(x)) for x < 0, which stays accurate down to the subnormals.
static inline ALWAYS_INLINE vfloat v_sigmoid(vfloat x) {
  const vfloat e = v_exp_below_overflow(-__builtin_elementwise_abs(x));
  return vselect(x < 0, e, vbroadcast(1)) / (e + 1);
}

// (1 - exp(-2 |x|)) / (1 + exp(-2 |x|)) with the sign of x; exp(..) - 1 is made without cancellation, so that
// tanh(x) ~ x for small x. The result is 1 from |x| = 9.02 on.
static inline ALWAYS_INLINE vfloat v_tanh(vfloat x) {
  const vfloat a = vat_most(__builtin_elementwise_abs(x), vbroadcast(10));
  const reduced_exp e = reduce_exp(a * -2);
  const vfloat power = v_power_of_two(e.n);
  const vfloat t = vfma(power, e.p, power - 1);
  return __builtin_elementwise_copysign(t / (t + 2), x);
}

// With x = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)).
static inline ALWAYS_INLINE vfloat v_log(vfloat x) {
  const vint subnormal = x < vbroadcast(0x1p-126f);
  const vint bits = vbits(vselect(subnormal, x * 0x1p23f, x));
  const vint exponent = (bits - 0x3f3504f3) >> 23;
  const vfloat f = vfloat_from_bits(bits - (exponent << 23)) - 1;
  const vfloat e = __builtin_convertvector(exponent, vfloat) - vselect(subnormal, vbroadcast(23), vbroadcast(0));
  // (log(1 + f) - f + f^2 / 2) / f^3, fitted as above (largest error relative to log(1 + f): 2^-27).
  vfloat q = vbroadcast(-0.076345f);
  q = vfma(q, f, vbroadcast(0.12761578f));
  q = vfma(q, f, vbroadcast(-0.13160183f));
  q = vfma(q, f, vbroadcast(0.14201757f));
  q = vfma(q, f, vbroadcast(-0.16623357f));
  q = vfma(q, f, vbroadcast(0.20001227f));
  q = vfma(q, f, vbroadcast(-0.2500082f));
  q = vfma(q, f, vbroadcast(0.3333333f));
  const vfloat square = f * f;
  vfloat y = vfma(f * square, q, e * -2.12194440e-4f);
  y = vfma(square, vbroadcast(-0.5f), y) + f;
  y = vfma(e, vbroadcast(0.693359375f), y);
  const vfloat infinity = vbroadcast(__builtin_inff());
  y = vselect(x < infinity, y, x);  // infinity and NaN
  y = vselect(x < 0, vbroadcast(__builtin_nanf("")), y);
  return vselect(x == 0, -infinity, y);
}

// max(x, 0); NaN stays NaN.
static inline ALWAYS_INLINE vfloat v_relu(vfloat x) { return vat_least(x, vbroadcast(0)); }

// Derivatives by means of y = f(x).
static inline ALWAYS_INLINE vfloat v_tanh_slope(vfloat y) { return vfma(-y, y, vbroadcast(1)); }
static inline ALWAYS_INLINE vfloat v_sigmoid_slope(vfloat y) { return vfma(-y, y, y); }
static inline ALWAYS_INLINE vfloat v_relu_backward(vfloat y, vfloat dy) { return vselect(y <= 0, vbroadcast(0), dy); }

#define FUNCTION(name)                                                  \
  static void k_##name(const float *x, float *y, size_t n) {            \
    EACH_VECTOR(n, vstore(y + i, v_##name(vload(x + i, count)), count);); \
  }
FUNCTION(exp)
FUNCTION(log)
FUNCTION(tanh)
FUNCTION(sigmoid)
FUNCTION(relu)
#undef FUNCTION

static void k_tanh_backward(const float *y, const float *dy, float *dx, size_t n) {
  EACH_VECTOR(n, vstore(dx + i, vload(dy + i, count) * v_tanh_slope(vload(y + i, count)), count););
}

static void k_sigmoid_backward(const float *y, const float *dy, float *dx, size_t n) {
  EACH_VECTOR(n, vstore(dx + i, vload(dy + i, count) * v_sigmoid_slope(vload(y + i, count)), count););
}

static void k_relu_backward(const float *y, const float *dy, float *dx, size_t n) {
  EACH_VECTOR(n, vstore(dx + i, v_relu_backward(vload(y + i, count), vload(dy + i, count)), count););
}

#undef ROUNDER
