// Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).

typedef struct {
  vuint words[4];
} philox_block;

// The high and low words of a 32 x 32 bit product.
#define MULTIPLY_WORDS(a, b, high, low)                                                    \
  const vulong product_##high = __builtin_convertvector(a, vulong) * (vulong)(uint64_t)(b); \
  const vuint high = __builtin_convertvector(product_##high >> 32, vuint), low = (a) * (vuint)(b);

// 64 words, of counters position...position + 15.
static inline ALWAYS_INLINE philox_block philox(uint64_t seed, uint32_t stream, uint32_t step, uint64_t position) {
  // Counters stand in the lanes so that the interleaving below works inside groups of four lanes, which is what every
  // instruction set does in one instruction.
  const vulong order = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  const vulong counters = order + position;
  vuint c0 = __builtin_convertvector(counters, vuint), c1 = __builtin_convertvector(counters >> 32, vuint);
  vuint c2 = (vuint)step, c3 = (vuint)stream;
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    MULTIPLY_WORDS(c0, 0xD2511F53u, high0, low0)
    MULTIPLY_WORDS(c2, 0xCD9E8D57u, high1, low1)
    c0 = high1 ^ c1 ^ (vuint)key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ (vuint)key1;
    c3 = low0;
  }
  // Four words of one counter side by side: a 4 x 4 transpose in each group of lanes.
#define LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
  const vuint low01 = LOW_PAIRS(c0, c1), low23 = LOW_PAIRS(c2, c3);
  const vuint high01 = HIGH_PAIRS(c0, c1), high23 = HIGH_PAIRS(c2, c3);
  return (philox_block){{LOW_HALVES(low01, low23), HIGH_HALVES(low01, low23), LOW_HALVES(high01, high23),
                         HIGH_HALVES(high01, high23)}};
#undef LOW_PAIRS
#undef HIGH_PAIRS
#undef LOW_HALVES
#undef HIGH_HALVES
}
#undef MULTIPLY_WORDS

// Runs the statement for each vector of random `words`, with `count` of them wanted at i.
#define EACH_RANDOM_VECTOR(...)                                              \
  for (size_t block = 0; block < n; block += 4 * WIDTH, position += WIDTH) { \
    const philox_block made = philox(seed, stream, step, position);          \
    const size_t vectors = n - block < 4 * WIDTH ? (n - block + WIDTH - 1) / WIDTH : 4; \
    for (size_t j = 0; j < vectors; j++) {                                   \
      const size_t i = block + j * WIDTH, count = n - i < WIDTH ? n - i : WIDTH; \
      const vuint words = made.words[j];                                     \
      __VA_ARGS__                                                            \
    }                                                                        \
  }

static void k_random_bits(uint64_t seed, uint32_t stream, uint32_t step, uint64_t position, uint32_t *y, size_t n) {
  EACH_RANDOM_VECTOR(vstore_bits(y + i, words, count);)
}

// A multiple of 2^-24 in [0, 1).
static inline ALWAYS_INLINE vfloat unit_uniform(vuint words) {
  return __builtin_convertvector((vint)(words >> 8), vfloat) * 0x1p-24f;
}

// The largest float below x.
static float float_below(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = x > 0 ? bits - 1 : x < 0 ? bits + 1 : (int32_t)0x80000001;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static void k_random_uniform(uint64_t seed, uint32_t stream, uint32_t step, uint64_t position, float low, float high,
                             float *y, size_t n) {
  // low + width * u can round up to `high`, which does not belong to the interval.
  const vfloat most = vbroadcast(low < high ? float_below(high) : low);
  const vfloat width = vbroadcast(high - low);
  EACH_RANDOM_VECTOR(vstore(y + i, vat_most(vfma(unit_uniform(words), width, vbroadcast(low)), most), count);)
}

static void k_random_mask(uint64_t seed, uint32_t stream, uint32_t step, uint64_t position, float keep, float *y,
                          size_t n) {
  const vfloat kept = vbroadcast(1 / keep);
  EACH_RANDOM_VECTOR(vstore(y + i, vselect(unit_uniform(words) < vbroadcast(keep), kept, vbroadcast(0)), count);)
}
#undef EACH_RANDOM_VECTOR
