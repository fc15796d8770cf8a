// Matrix products of operands rounded to bfloat16, with sums in float32: training in mixed precision. Operands are
// rounded where they are copied anyway, when the right one is packed and the left rows are put next to each other; then
// the tiles of matmul.h multiply them.
//
// Steps of k go in pairs; an odd k is filled up with a zero. Where an instruction multiplies pairs of bfloat16
// (RN_PAIRS), one word of 32 bits holds both, the first in its low half, and the instruction adds the product of the
// high halves, then that of the low ones, each with one rounding to nearest even. Elsewhere each has a word of its own,
// as a float32, and the second comes first. The product of two bfloat16 is exact in float32, so every instruction set
// gives the same bits, with fused multiply-add or without. (Sums that are subnormal the instruction makes zero.)

#ifdef RN_PAIRS
#define PAIR_WORDS 1
#define ROUNDED(layout) layout##_OF_PAIRS
#else
#define PAIR_WORDS 2
#define ROUNDED(layout) layout
#endif

static inline ALWAYS_INLINE size_t words(size_t k) { return (k + 1) / 2 * PAIR_WORDS; }

// To nearest even, in the upper half. Subnormal numbers become zero, as the instruction takes them; NaN stays NaN.
static inline ALWAYS_INLINE vuint vround(vfloat x) {
  const vuint bits = (vuint)x;
  const vint size = (vint)(bits & 0x7FFFFFFF);
  const vuint rounded = bits + 0x7FFF + (bits >> 16 & 1);
  const vuint number = size < 0x00800000 ? bits & 0x80000000 : rounded;
  return (size > 0x7F800000 ? bits | 0x00400000 : number) & 0xFFFF0000;
}

// Stores `count` words of a pair of steps; without RN_PAIRS, of the second step, and of the first one `stride` later.
static inline ALWAYS_INLINE void store_steps(vuint first, vuint second, float *to, size_t stride, size_t count) {
#ifdef RN_PAIRS
  (void)stride;
  vstore(to, (vfloat)(first >> 16 | second), count);
#else
  vstore(to, (vfloat)second, count);
  vstore(to + stride, (vfloat)first, count);
#endif
}

// Stores the words of WIDTH steps of one row.
static inline ALWAYS_INLINE void store_row(vuint x, float *to) {
#ifdef RN_PAIRS
  typedef uint32_t vhalf __attribute__((ext_vector_type(WIDTH / 2)));
  const vhalf first = __builtin_shufflevector(x, x, 0, 2, 4, 6, 8, 10, 12, 14);
  const vhalf second = __builtin_shufflevector(x, x, 1, 3, 5, 7, 9, 11, 13, 15);
  const vhalf both = first >> 16 | second;
  memcpy(to, &both, sizeof both);
#else
  vstore(to, (vfloat)__builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14), WIDTH);
#endif
}

// n columns of two steps of k; the second is NULL beyond an odd k.
static inline ALWAYS_INLINE void round_steps(const float *first, const float *second, size_t n, float *to,
                                             size_t stride) {
  EACH_VECTOR(n, {
    vuint other = {0};
    if (second) other = vround(vload(second + i, count));
    store_steps(vround(vload(first + i, count)), other, to + i, stride, count);
  });
}

// k steps of one row; there is room for a multiple of WIDTH.
static inline ALWAYS_INLINE void round_row(const float *x, size_t k, float *to) {
  EACH_VECTOR(k, { store_row(vround(vload(x + i, count)), to + i / 2 * PAIR_WORDS); });
}

static void k_pack_rounded(const float *const *rows, size_t first, size_t count, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    float *to = packed + j * words(k) + words(first) * padded;
    for (size_t i = first; i < first + count; i += 2) {
      round_steps(rows[i] + j, i + 1 < k ? rows[i + 1] + j : NULL, width, to, padded);
      for (size_t word = 0; word < PAIR_WORDS; word++, to += padded)
        for (size_t x = width; x < padded; x++) to[x] = 0;
    }
  }
}

// As pack_block, of words of pairs.
static inline ALWAYS_INLINE void pack_block_rounded(const float *w, size_t stride, size_t rows, size_t steps, float *to,
                                                    size_t padded, size_t columns) {
  vfloat block[WIDTH];
#pragma clang loop unroll(full)
  for (size_t row = 0; row < WIDTH; row++) {
    block[row] = vbroadcast(0);
    if (row >= rows) continue;
    round_row(w + row * stride, steps, (float *)&block[row]);
    __builtin_prefetch(w + row * stride + 4 * WIDTH, 0, 3);
  }
  vtranspose(block);
#pragma clang loop unroll(full)
  for (size_t word = 0; word < WIDTH; word++)
    if (word < words(steps)) vstore(to + word * padded, block[word], columns);
}

static void k_pack_transposed_rounded(const float *w, size_t stride, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    for (size_t i = 0; i < k; i += WIDTH) {
      const size_t steps = least(WIDTH, k - i);
      float *to = packed + j * words(k) + words(i) * padded;
      for (size_t x = 0; x < padded; x += WIDTH) {
        const float *from = w + (j + x) * stride + i;
        if (x + WIDTH <= width && steps == WIDTH)
          pack_block_rounded(from, stride, WIDTH, WIDTH, to + x, padded, WIDTH);
        else
          pack_block_rounded(from, stride, least(WIDTH, width - x), steps, to + x, padded, least(WIDTH, padded - x));
      }
    }
  }
}

static void k_matmul_rounded(const float *const *a, size_t m, size_t k, const float *packed, size_t n,
                             float *const *c, size_t offset, const float *bias, bool accumulate) {
  const size_t all = words(k);
  size_t k0 = 0;
  do {
    const size_t steps = least(K_BLOCK, all - k0), from = k0 / PAIR_WORDS * 2;
    for (size_t i = 0; i < m; i += RN_LEFT_ROWS) {
      const size_t rows = least(RN_LEFT_ROWS, m - i);
      for (size_t r = 0; r < rows; r++)
        round_row(a[i + r] + from, least(k - from, steps / PAIR_WORDS * 2), rn_left + r * RN_LEFT_STRIDE);
      multiply_block(ROUNDED(ROWS), rn_left, rows, k0, steps, packed, all, n, c + i, offset, bias,
                     accumulate || k0 > 0);
    }
    k0 += steps;
  } while (k0 < all);
}

// Columns first .. first + m of k rows of D, as tiles read them.
static void round_columns(const float *const *d, size_t first, size_t m, size_t k) {
  const size_t blocks = (m + RN_MICRO_ROWS - 1) / RN_MICRO_ROWS;
  for (size_t i = 0; i < k; i += 2) {
    for (size_t ahead = i + 16; ahead < least(k, i + 18); ahead++)
      for (size_t x = 0; x < m; x += 16) __builtin_prefetch(d[ahead] + first + x, 0, 3);
    float line[2 * RN_LEFT_ROWS];
    round_steps(d[i] + first, i + 1 < k ? d[i + 1] + first : NULL, m, line, RN_LEFT_ROWS);
    for (size_t word = 0; word < PAIR_WORDS; word++) {
      const float *from = line + word * RN_LEFT_ROWS;
      float *to = rn_left;
      for (size_t block = 0; block < blocks; block++) {
        const size_t rows = rows_in(block, blocks, m);
        float *place = to + (words(i) + word) * rows;
        if (rows == RN_MICRO_ROWS) memcpy(place, from, RN_MICRO_ROWS * sizeof(float));
        else
          for (size_t r = 0; r < rows; r++) place[r] = from[r];
        to += rows * words(k);
        from += rows;
      }
    }
  }
}

static void k_matmul_transposed_rounded(const float *const *d, size_t first, size_t m, size_t k,
                                        const rn_product *products, size_t count) {
  const size_t all = words(k);
  size_t k0 = 0;
  do {
    const size_t steps = least(K_BLOCK, all - k0), from = k0 / PAIR_WORDS * 2;
    for (size_t i = 0; i < m; i += RN_LEFT_ROWS) {
      const size_t rows = least(RN_LEFT_ROWS, m - i);
      round_columns(d + from, first + i, rows, least(k - from, steps / PAIR_WORDS * 2));
      for (const rn_product *p = products; p < products + count; p++)
        multiply_block(ROUNDED(COLUMNS), rn_left, rows, k0, steps, p->packed, all, p->n, p->c + i, 0, NULL, k0 > 0);
    }
    k0 += steps;
  } while (k0 < all);
}

#undef PANEL
#undef K_BLOCK
#undef FAR
