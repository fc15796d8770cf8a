// Vectors. Elementwise kernels and reductions are written for 16 lanes on every instruction set, and the compiler
// splits these into registers: so the same arithmetic happens on each element, and sums run in the same order, whatever
// the register width. Only matrix products use the register width itself (vreg), which their results do not show.
//
// The file that includes this one defines RN_LANES (floats in a register), RN_FUSED (1 where multiply-add is one
// instruction with one rounding) and, where an instruction multiplies pairs of bfloat16, RN_PAIRS: the name of a function
// of vectors (a, b, c) of RN_LANES words that gives c + the products of both halves (see matmul_rounded.h).

// Contraction is the compiler's choice, and differs between instruction sets; every fused operation here is explicit.
#pragma STDC FP_CONTRACT OFF
// Vectors wider than a register are passed only to functions that are inlined, so their calling convention is moot.
#pragma clang diagnostic ignored "-Wpsabi"

#define ALWAYS_INLINE __attribute__((always_inline))
#define WIDTH 16

typedef float vfloat __attribute__((ext_vector_type(WIDTH)));
typedef int32_t vint __attribute__((ext_vector_type(WIDTH)));
typedef uint32_t vuint __attribute__((ext_vector_type(WIDTH)));
typedef double vdouble __attribute__((ext_vector_type(WIDTH)));
typedef uint64_t vulong __attribute__((ext_vector_type(WIDTH)));
typedef float vreg __attribute__((ext_vector_type(RN_LANES)));

// A multiply-add must never become a call of fma(), hence the plain form where no instruction has it.
#if RN_FUSED
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

static inline ALWAYS_INLINE vfloat vbroadcast(float x) { return (vfloat)x; }
static inline ALWAYS_INLINE vfloat vfma(vfloat a, vfloat b, vfloat c) { return FMA(a, b, c); }
static inline ALWAYS_INLINE vint vbits(vfloat x) { return (vint)x; }
static inline ALWAYS_INLINE vfloat vfloat_from_bits(vint x) { return (vfloat)x; }
static inline ALWAYS_INLINE vfloat vselect(vint condition, vfloat yes, vfloat no) { return condition ? yes : no; }
static inline ALWAYS_INLINE vdouble vwiden(vfloat x) { return __builtin_convertvector(x, vdouble); }
// The order of operands makes a NaN in x pass through, and is that of the x86 instructions.
static inline ALWAYS_INLINE vfloat vat_most(vfloat x, vfloat limit) { return limit < x ? limit : x; }
static inline ALWAYS_INLINE vfloat vat_least(vfloat x, vfloat limit) { return limit > x ? limit : x; }

// Copies count < WIDTH words; a loop would become a call of memcpy.
static inline ALWAYS_INLINE void copy_part(void *to, const void *from, size_t count) {
  char *t = to;
  const char *f = from;
  if (count & 8) { memcpy(t, f, 32); t += 32; f += 32; }
  if (count & 4) { memcpy(t, f, 16); t += 16; f += 16; }
  if (count & 2) { memcpy(t, f, 8); t += 8; f += 8; }
  if (count & 1) memcpy(t, f, 4);
}

// The first `count` elements at x, and `rest` in the lanes after them. Where count is the constant WIDTH (the main loop
// of EACH_VECTOR), this is one load.
static inline ALWAYS_INLINE vfloat vload_or(const float *x, size_t count, float rest) {
  vfloat v = vbroadcast(rest);
  if (count == WIDTH) memcpy(&v, x, sizeof v);
  else copy_part(&v, x, count);
  return v;
}
static inline ALWAYS_INLINE vfloat vload(const float *x, size_t count) { return vload_or(x, count, 0); }
static inline ALWAYS_INLINE void vstore(float *x, vfloat v, size_t count) {
  if (count == WIDTH) memcpy(x, &v, sizeof v);
  else copy_part(x, &v, count);
}
static inline ALWAYS_INLINE void vstore_bits(uint32_t *x, vuint v, size_t count) {
  if (count == WIDTH) memcpy(x, &v, sizeof v);
  else copy_part(x, &v, count);
}

// Runs the statement for i = 0, WIDTH, ... with `count` elements at i. The remainder passes through the same vector
// arithmetic as whole vectors, so an element's result does not depend on its place in a row.
#define EACH_VECTOR(n, ...)                      \
  do {                                           \
    const size_t whole_ = (n) / WIDTH * WIDTH;   \
    for (size_t i = 0; i < whole_; i += WIDTH) { \
      enum { count = WIDTH };                    \
      __VA_ARGS__                                \
    }                                            \
    if (whole_ < (n)) {                          \
      const size_t i = whole_, count = (n) - i;  \
      __VA_ARGS__                                \
    }                                            \
  } while (0)

static inline ALWAYS_INLINE double vadd_lanes(vdouble v) {
  double sum = v[0];
#pragma clang loop unroll(full)
  for (int i = 1; i < WIDTH; i++) sum += v[i];
  return sum;
}

// Element j of x[i] and element i of x[j] change places: in log2(WIDTH) rounds, rows that are S apart exchange the lanes
// that are S apart.
#define LOW_(i, S) ((i) & (S) ? WIDTH + (i) - (S) : (i))
#define HIGH_(i, S) ((i) & (S) ? WIDTH + (i) : (i) + (S))
#define LANES_(F, S)                                                                                   \
  F(0, S), F(1, S), F(2, S), F(3, S), F(4, S), F(5, S), F(6, S), F(7, S), F(8, S), F(9, S), F(10, S), \
    F(11, S), F(12, S), F(13, S), F(14, S), F(15, S)
#define EXCHANGE_(S)                                                    \
  for (int i = 0; i < WIDTH; i++) {                                     \
    if (i & (S)) continue;                                              \
    const vfloat a = x[i], b = x[i + (S)];                              \
    x[i] = __builtin_shufflevector(a, b, LANES_(LOW_, S));              \
    x[i + (S)] = __builtin_shufflevector(a, b, LANES_(HIGH_, S));       \
  }

static inline ALWAYS_INLINE void vtranspose(vfloat x[WIDTH]) {
#pragma clang loop unroll(full)
  EXCHANGE_(8)
#pragma clang loop unroll(full)
  EXCHANGE_(4)
#pragma clang loop unroll(full)
  EXCHANGE_(2)
#pragma clang loop unroll(full)
  EXCHANGE_(1)
}

static inline ALWAYS_INLINE vreg vreg_load(const float *x) {
  vreg v;
  memcpy(&v, x, sizeof v);
  return v;
}
static inline ALWAYS_INLINE void vreg_store(float *x, vreg v) { memcpy(x, &v, sizeof v); }
static inline ALWAYS_INLINE vreg vreg_broadcast(float x) { return (vreg)x; }
static inline ALWAYS_INLINE vreg vreg_fma(vreg a, vreg b, vreg c) { return FMA(a, b, c); }
