// Products of one vector and a matrix of narrow weights, for inference at batch 1: each weight is used once, so the
// time is that of bringing it from the cache, and bfloat16 and int8 bring two and four for every float32.
//
// Packed weights [n, k] are a run of panels of rows of W; within a panel, k runs of one weight for each of its rows (of
// int8: of four). The last panel is narrowed to the rows that remain, padded with zeros to a multiple of PAIR. So each
// panel is read once, from its beginning to its end, as the hardware prefetchers expect.
//
// With bfloat16, sums are one chain of multiply-adds in the order of k, as in matmul.h: where bfloat16 holds the weights
// exactly, the bits are those of a product in float32. With int8, the vector is rounded to 16 bits, and sums are exact.

// Vectors of 16 sums that the registers hold; with fewer than eight, each multiply-add would wait for the one before.
#if RN_LANES == 16
#define NARROW_VECTORS 16
#elif RN_FUSED
#define NARROW_VECTORS 4
#else
#define NARROW_VECTORS 2
#endif
#define NARROW_PANEL (NARROW_VECTORS * WIDTH)
#define PAIR (2 * WIDTH)

static void k_narrow_bfloat16(const float *x, size_t n, uint16_t *y) {
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    const uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    // Rounding could carry a NaN's last bits into the sign, or cut off all that made it a NaN.
    y[i] = (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >> 16 | 0x40 : rounded);
  }
}

static float k_narrow_int8(const float *x, size_t n, int8_t *y) {
  uint32_t most = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    most = bits > most ? bits : most;
  }
  float largest;
  memcpy(&largest, &most, sizeof largest);
  // Steps below the least normal number would be too coarse themselves; what is not finite has no steps.
  const bool finite = most < 0x7F800000;
  if (!finite || !(largest >= 127 * 0x1p-126f)) {
    memset(y, 0, n);
    return finite ? 0 : __builtin_nanf("");
  }
  // Up to 17 significant bits, so that every q * scale is a float32: what is widened can be narrowed again unchanged.
  float scale = largest / 127;
  uint32_t bits;
  memcpy(&bits, &scale, sizeof bits);
  bits = (bits + 0x7F) & ~UINT32_C(0x7F);
  memcpy(&scale, &bits, sizeof scale);
  for (size_t i = 0; i < n; i++) {
    // Adding 1.5 * 2^23 rounds to nearest even at the units.
    const float rounded = (x[i] / scale + 0x1.8p23f) - 0x1.8p23f;
    y[i] = (int8_t)rounded;
  }
  return scale;
}

// Of 16 words of 32 bits, word x holds row x in its low half and row 16 + x in its high half: a shift and a mask widen
// both.
static void k_pack_bfloat16(const uint16_t *w, size_t stride, size_t k, size_t n, uint16_t *packed) {
  for (size_t j = 0; j < n; j += NARROW_PANEL) {
    const size_t width = least(NARROW_PANEL, n - j), padded = rounded_up(width, PAIR);
    uint16_t *to = packed + j * k;
    for (size_t x = 0; x < padded; x++) {
      const size_t place = x / PAIR * PAIR + x % WIDTH * 2 + x / WIDTH % 2;
      for (size_t i = 0; i < k; i++) to[i * padded + place] = x < width ? w[(j + x) * stride + i] : 0;
    }
  }
}

// sums[V * WIDTH] += the product of V vectors of bfloat16. V is a constant where this is inlined.
static inline ALWAYS_INLINE void tile_bfloat16(const int V, const float *x, size_t k, const uint16_t *w, float *y) {
  vfloat sums[NARROW_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < V; v++) sums[v] = vload(y + v * WIDTH, WIDTH);
  for (size_t i = 0; i < k; i++, w += V * WIDTH) {
    const vfloat left = vbroadcast(x[i]);
#pragma clang loop unroll(full)
    for (int v = 0; v < V; v += 2) {
      vuint both;
      memcpy(&both, w + v * WIDTH, sizeof both);
      sums[v] = vfma(left, (vfloat)(both << 16), sums[v]);
      sums[v + 1] = vfma(left, (vfloat)(both & 0xFFFF0000), sums[v + 1]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < V; v++) vstore(y + v * WIDTH, sums[v], WIDTH);
}

#define NARROW_TILE(V)                                                                   \
  static void tile_bfloat16_##V(const float *x, size_t k, const uint16_t *w, float *y) { \
    tile_bfloat16(V, x, k, w, y);                                                        \
  }
NARROW_TILE(2)
#if NARROW_VECTORS >= 4
NARROW_TILE(4)
#endif
#if NARROW_VECTORS == 16
NARROW_TILE(6) NARROW_TILE(8) NARROW_TILE(10) NARROW_TILE(12) NARROW_TILE(14) NARROW_TILE(16)
#endif
static void (*const tiles_bfloat16[])(const float *, size_t, const uint16_t *, float *) = {
  tile_bfloat16_2,
#if NARROW_VECTORS >= 4
  tile_bfloat16_4,
#endif
#if NARROW_VECTORS == 16
  tile_bfloat16_6, tile_bfloat16_8, tile_bfloat16_10, tile_bfloat16_12, tile_bfloat16_14, tile_bfloat16_16,
#endif
};

static void k_matvec_bfloat16(const float *x, size_t k, const uint16_t *packed, size_t n, float *y, const float *bias,
                              bool accumulate) {
  float sums[NARROW_PANEL];
  for (size_t j = 0; j < n; j += NARROW_PANEL) {
    const size_t width = least(NARROW_PANEL, n - j), padded = rounded_up(width, PAIR);
    const float *start = accumulate ? y + j : bias ? bias + j : NULL;
    memset(sums, 0, sizeof sums);
    if (start) memcpy(sums, start, width * sizeof(float));
    tiles_bfloat16[padded / PAIR - 1](x, k, packed + j * k, sums);
    memcpy(y + j, sums, width * sizeof(float));
  }
}

#undef NARROW_VECTORS
#undef NARROW_PANEL
#undef NARROW_TILE
