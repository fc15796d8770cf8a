// Products of one vector and a matrix of int8 weights (see narrow.h). Widening every weight to float32 would take longer
// than bringing it from the cache, so the vector becomes integers as well: steps of max |x| / 32639, as 256 high + low
// with high and low from -128 to 127. A byte of either meets a byte of weight in the instructions that multiply bytes or
// halves of words, and sums of integers are exact: every table gives the same ones. The rounding of the vector is 1/257
// of a weight's at most.
//
// A weight is packed as w + 128, from 1 to 255, since those instructions want one of the two unsigned; what that adds to a
// sum is 128 times the sum of the vector. A word holds the weights of one row at four steps of k.

// Of the vector, so many elements become integers at a time: sums stay below 255 * 128 * 4096 < 2^31.
#define K_AT_A_TIME 4096
// Registers of sums: as many of high as of low, beside weights and what the instructions need.
#define INT8_VECTORS (RN_LANES == 16 ? 8 : 2)
#define INT8_PANEL (INT8_VECTORS * WIDTH)
#define PER_VECTOR (WIDTH / RN_LANES)

typedef int32_t vwords __attribute__((ext_vector_type(RN_LANES)));
typedef uint16_t vhalves __attribute__((ext_vector_type(2 * RN_LANES)));
typedef int16_t vshorts __attribute__((ext_vector_type(2 * RN_LANES)));

// sums[i] += the products of the four unsigned bytes of w[i] and the four signed bytes of x[i].
static inline ALWAYS_INLINE vwords add_products_of_bytes(vwords sums, vwords w, vwords x) {
#if defined(RN_BYTES)
  return RN_BYTES(sums, w, x);
#elif defined(RN_HALVES)
  const vhalves both = (vhalves)w;
  const vshorts even = (vshorts)((vhalves)x << 8) >> 8, odd = (vshorts)x >> 8;
  return sums + RN_HALVES((vwords)(both & 0xFF), (vwords)even) + RN_HALVES((vwords)(both >> 8), (vwords)odd);
#else
#pragma clang loop unroll(full)
  for (int bits = 0; bits < 32; bits += 8) sums += (w >> bits & 0xFF) * (x << (24 - bits) >> 24);
  return sums;
#endif
}

// x[0 ..< k] in steps: the bytes of each, with zeros up to a multiple of four, and their sums. Returns the step: 0 where x
// is zero, or so small that a step would lose bits itself; NaN where it is not finite.
static float steps_of_vector(const float *x, size_t k, int8_t *high, int8_t *low, int32_t *high_sum, int32_t *low_sum) {
  vuint most = (vuint)0;
  EACH_VECTOR(k, {
    const vuint size = (vuint)vload(x + i, count) & 0x7FFFFFFF;
    most = size > most ? size : most;
  });
  uint32_t largest_bits = 0;
  for (int i = 0; i < WIDTH; i++) largest_bits = most[i] > largest_bits ? most[i] : largest_bits;
  float largest;
  memcpy(&largest, &largest_bits, sizeof largest);
  const bool finite = largest_bits < 0x7F800000;
  *high_sum = *low_sum = 0;
  if (!finite || largest < 0x1p-100f) return finite ? 0 : __builtin_nanf("");
  const float inverse = 32639 / largest;
  vint highs = (vint)0, lows = (vint)0;
  EACH_VECTOR(k, {
    // Adding 1.5 * 2^23 rounds to nearest even at the units, which then are the low bits.
    const vint steps = vbits(vload(x + i, count) * inverse + 0x1.8p23f) - 0x4B400000;
    const vint below = steps << 24 >> 24, above = (steps - below) >> 8;
    highs += above;
    lows += below;
    for (int j = 0; j < WIDTH; j++) high[i + j] = (int8_t)above[j], low[i + j] = (int8_t)below[j];
  });
  for (int i = 0; i < WIDTH; i++) *high_sum += highs[i], *low_sum += lows[i];
  return largest / 32639;
}

static void k_pack_int8(const int8_t *w, size_t stride, size_t k, size_t n, int8_t *packed) {
  const size_t whole = rounded_up(k, 4);
  for (size_t j = 0; j < n; j += INT8_PANEL) {
    const size_t width = least(INT8_PANEL, n - j), padded = rounded_up(width, PAIR);
    uint8_t *to = (uint8_t *)packed + j * whole;
    for (size_t x = 0; x < padded; x++)
      for (size_t i = 0; i < whole; i++)
        to[i / 4 * 4 * padded + x * 4 + i % 4] = (uint8_t)((x < width && i < k ? w[(j + x) * stride + i] : 0) + 128);
  }
}

// y[V * WIDTH] = 256 * (the sums of high bytes) + (those of low bytes), of `quads` groups of four steps.
static inline ALWAYS_INLINE void tile_int8(const int V, const int8_t *high, int32_t high_from, const int8_t *low,
                                           int32_t low_from, size_t quads, const uint8_t *w, float *y) {
  vwords highs[INT8_VECTORS * PER_VECTOR], lows[INT8_VECTORS * PER_VECTOR];
#pragma clang loop unroll(full)
  for (int v = 0; v < V * PER_VECTOR; v++) highs[v] = (vwords)high_from, lows[v] = (vwords)low_from;
  for (size_t i = 0; i < quads; i++, w += V * WIDTH * 4) {
    int32_t h, l;
    memcpy(&h, high + 4 * i, sizeof h);
    memcpy(&l, low + 4 * i, sizeof l);
#pragma clang loop unroll(full)
    for (int v = 0; v < V * PER_VECTOR; v++) {
      vwords weights;
      memcpy(&weights, w + v * sizeof weights, sizeof weights);
      highs[v] = add_products_of_bytes(highs[v], weights, (vwords)h);
      lows[v] = add_products_of_bytes(lows[v], weights, (vwords)l);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < V * PER_VECTOR; v++) {
    const vreg above = __builtin_convertvector(highs[v], vreg), below = __builtin_convertvector(lows[v], vreg);
    vreg_store(y + v * RN_LANES, vreg_fma(vreg_broadcast(256), above, below));
  }
}

#define INT8_TILE(V)                                                                                       \
  static void tile_int8_##V(const int8_t *high, int32_t high_from, const int8_t *low, int32_t low_from,    \
                            size_t quads, const uint8_t *w, float *y) {                                    \
    tile_int8(V, high, high_from, low, low_from, quads, w, y);                                             \
  }
INT8_TILE(2)
#if RN_LANES == 16
INT8_TILE(4) INT8_TILE(6) INT8_TILE(8)
#endif
static void (*const tiles_int8[])(const int8_t *, int32_t, const int8_t *, int32_t, size_t, const uint8_t *, float *) = {
  tile_int8_2,
#if RN_LANES == 16
  tile_int8_4, tile_int8_6, tile_int8_8,
#endif
};

static void k_matvec_int8(const float *x, size_t k, const int8_t *packed, const float *scales, size_t n, float *y,
                          const float *bias, bool accumulate) {
  _Alignas(64) int8_t high[K_AT_A_TIME], low[K_AT_A_TIME];
  float sums[INT8_PANEL];
  const size_t whole = rounded_up(k, 4);
  const float *start = accumulate ? y : bias;
  size_t first = 0;
  do {
    const size_t part = least(K_AT_A_TIME, k - first), quads = (part + 3) / 4;
    int32_t high_sum, low_sum;
    const float step = steps_of_vector(x + first, part, high, low, &high_sum, &low_sum);
    for (size_t j = 0; j < n; j += INT8_PANEL) {
      const size_t width = least(INT8_PANEL, n - j), padded = rounded_up(width, PAIR);
      const uint8_t *w = (const uint8_t *)packed + j * whole + first * padded;
      // Where there is no step, there are no bytes either.
      if (step > 0) tiles_int8[padded / PAIR - 1](high, -128 * high_sum, low, -128 * low_sum, quads, w, sums);
      else memset(sums, 0, sizeof sums);
      EACH_VECTOR(width, {
        const vfloat from = start ? vload(start + j + i, count) : vbroadcast(0);
        vstore(y + j + i, vfma(vload(scales + j + i, count) * step, vload(sums + i, count), from), count);
      });
    }
    first += part;
    start = y;
  } while (first < k);
}

#undef K_AT_A_TIME
#undef INT8_VECTORS
#undef INT8_PANEL
#undef PER_VECTOR
#undef INT8_TILE
#undef PAIR
