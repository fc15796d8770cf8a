// Matrix products from packed operands, after Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication" (2008): a micro-kernel keeps a tile of RN_MICRO_ROWS x (RN_MICRO_VECTORS vectors) of C in registers
// while it walks along k.
//
// Every element of C is one chain of multiply-adds in the order of k, started from C itself, the bias or zero. Cutting
// k into blocks stores and reloads the chain without rounding, and cutting rows or columns does not touch it: so the
// bits of a product do not depend on blocking, on how many rows are multiplied at once, or on threads.

#define PANEL (RN_LANES * RN_MICRO_VECTORS)

// Steps of k between visits to C: the rows of a tile (8 * 512 floats) stay in the first-level cache, and so do not push
// out each other, as rows of a large array may that lie a power of two apart: they are copied to rn_left first.
#define K_BLOCK (RN_LEFT_STRIDE - 16)

// Floats of B beyond which it does not stay in the second-level cache between two uses.
#define FAR (3 << 16)

static inline ALWAYS_INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
static inline ALWAYS_INLINE size_t rounded_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static void k_pack(const float *const *rows, size_t first, size_t count, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    float *to = packed + j * k + first * padded;
    if (width == PANEL) {
      for (size_t i = first; i < first + count; i++, to += PANEL) memcpy(to, rows[i] + j, PANEL * sizeof(float));
    } else {
      for (size_t i = first; i < first + count; i++, to += padded) {
        memcpy(to, rows[i] + j, width * sizeof(float));
        for (size_t x = width; x < padded; x++) to[x] = 0;
      }
    }
  }
}

// The transpose of rows x steps floats, each WIDTH at most; columns beyond the rows are zero.
static inline ALWAYS_INLINE void pack_block(const float *w, size_t stride, size_t rows, size_t steps, float *to,
                                            size_t padded, size_t columns) {
  vfloat block[WIDTH];
#pragma clang loop unroll(full)
  for (size_t row = 0; row < WIDTH; row++) {
    block[row] = vbroadcast(0);
    if (row >= rows) continue;
    block[row] = vload(w + row * stride, steps);
    // Too many rows at a time for the processor to see what comes next.
    __builtin_prefetch(w + row * stride + 4 * WIDTH, 0, 3);
  }
  vtranspose(block);
#pragma clang loop unroll(full)
  for (size_t step = 0; step < WIDTH; step++)
    if (step < steps) vstore(to + step * padded, block[step], columns);
}

static void k_pack_transposed(const float *w, size_t stride, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    for (size_t i = 0; i < k; i += WIDTH) {
      const size_t steps = least(WIDTH, k - i);
      float *to = packed + j * k + i * padded;
      for (size_t x = 0; x < padded; x += WIDTH) {
        const float *from = w + (j + x) * stride + i;
        if (x + WIDTH <= width && steps == WIDTH)
          pack_block(from, stride, WIDTH, WIDTH, to + x, padded, WIDTH);
        else
          pack_block(from, stride, least(WIDTH, width - x), steps, to + x, padded, least(WIDTH, padded - x));
      }
    }
  }
}

typedef struct {
  const float *a;       // the left rows: see LEFT
  size_t k;             // steps of k
  const float *b;
  size_t next_panel;    // floats from one panel to the next
  float *const *c;
  size_t offset, tail;  // first column in c; lanes of the last vector in use
  const float *bias;
  bool accumulate;
  const float *ahead;   // what to bring into the second-level cache meanwhile, a cache line for each step of k
} tile_task;

static inline ALWAYS_INLINE vreg load_lanes(const float *x, size_t lanes) {
  float whole[RN_LANES] = {0};
  for (size_t i = 0; i < lanes; i++) whole[i] = x[i];
  return vreg_load(whole);
}

static inline ALWAYS_INLINE void store_lanes(float *x, vreg v, size_t lanes) {
  float whole[RN_LANES];
  vreg_store(whole, v);
  for (size_t i = 0; i < lanes; i++) x[i] = whole[i];
}

// How the left rows of a tile lie: each contiguous, RN_LEFT_STRIDE floats apart, or the M floats of one step of k together.
// The same with pairs of bfloat16 in the place of floats, where an instruction multiplies these (matmul_rounded.h).
typedef enum { ROWS, COLUMNS, ROWS_OF_PAIRS, COLUMNS_OF_PAIRS } left_layout;

static inline ALWAYS_INLINE bool in_rows(left_layout layout) { return layout == ROWS || layout == ROWS_OF_PAIRS; }

static inline ALWAYS_INLINE vreg multiply_add(left_layout layout, vreg a, vreg b, vreg c) {
#ifdef RN_PAIRS
  if (layout >= ROWS_OF_PAIRS) return RN_PAIRS(a, b, c);
#else
  (void)layout;
#endif
  return vreg_fma(a, b, c);
}

// A tile of M rows by P panels of V vectors. The constants are folded where it is inlined.
static inline ALWAYS_INLINE void tile(const int M, const int P, const int V, const left_layout LEFT, const bool AHEAD,
                                      const tile_task *t) {
  // Arrays of fixed size, not of M * P * V: those would live in memory.
  vreg sums[RN_MICRO_ROWS * RN_MICRO_VECTORS];
  const bool whole = t->tail == RN_LANES;
#pragma clang loop unroll(full)
  for (int i = 0; i < M; i++) {
    const float *start = t->accumulate ? t->c[i] + t->offset : t->bias;
#pragma clang loop unroll(full)
    for (int j = 0; j < P * V; j++) {
      if (!start) sums[i * P * V + j] = vreg_broadcast(0);
      else if (j < P * V - 1 || whole) sums[i * P * V + j] = vreg_load(start + j * RN_LANES);
      else sums[i * P * V + j] = load_lanes(start + j * RN_LANES, t->tail);
    }
  }
  const float *a = t->a, *b = t->b, *ahead = t->ahead;
  const size_t next_panel = t->next_panel;
#pragma clang loop unroll_count(4)
  for (size_t k = t->k; k > 0; k--, a += in_rows(LEFT) ? 1 : M, b += V * RN_LANES) {
    if (AHEAD) {
      __builtin_prefetch(ahead, 0, 2);
      ahead += 16;
    }
    vreg right[4 * RN_MICRO_VECTORS];
#pragma clang loop unroll(full)
    for (int p = 0; p < P; p++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < V; j++) right[p * V + j] = vreg_load(b + p * next_panel + j * RN_LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < M; i++) {
      const vreg left = vreg_broadcast(a[in_rows(LEFT) ? i * RN_LEFT_STRIDE : i]);
#pragma clang loop unroll(full)
      for (int j = 0; j < P * V; j++)
        sums[i * P * V + j] = multiply_add(LEFT, left, right[j], sums[i * P * V + j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < M; i++) {
    float *c = t->c[i] + t->offset;
#pragma clang loop unroll(full)
    for (int j = 0; j < P * V; j++) {
      if (j < P * V - 1 || whole) vreg_store(c + j * RN_LANES, sums[i * P * V + j]);
      else store_lanes(c + j * RN_LANES, sums[i * P * V + j], t->tail);
    }
  }
}

typedef void (*tile_function)(const tile_task *);

// F(name, layout, ...) for each layout that this instruction set has.
#ifdef RN_PAIRS
#define EACH_LAYOUT(F, ...)                                                 \
  F(rows, ROWS, __VA_ARGS__) F(columns, COLUMNS, __VA_ARGS__)               \
  F(rows_of_pairs, ROWS_OF_PAIRS, __VA_ARGS__) F(columns_of_pairs, COLUMNS_OF_PAIRS, __VA_ARGS__)
#else
#define EACH_LAYOUT(F, ...) F(rows, ROWS, __VA_ARGS__) F(columns, COLUMNS, __VA_ARGS__)
#endif

#define TILE_OF(L, LEFT, M, P, V) \
  static void tile_##L##_##M##_##P##_##V(const tile_task *t) { tile(M, P, V, LEFT, false, t); }
#define TILE(M, P, V) EACH_LAYOUT(TILE_OF, M, P, V)
#define TILES(M) TILE(M, 1, 1) TILE(M, 1, 2) TILE(M, 1, 3)
TILES(1) TILES(2) TILES(3) TILES(4)
#if RN_MICRO_ROWS == 8
TILES(5) TILES(6) TILES(7) TILES(8)
#define MORE_NAMES(L) TILE_NAMES(L, 5), TILE_NAMES(L, 6), TILE_NAMES(L, 7), TILE_NAMES(L, 8)
#else
#define MORE_NAMES(L)
#endif
#define TILE_NAMES(L, M) {NULL, tile_##L##_##M##_1_1, tile_##L##_##M##_1_2, tile_##L##_##M##_1_3}
#define NAMES(L, ...) \
  {{NULL}, TILE_NAMES(L, 1), TILE_NAMES(L, 2), TILE_NAMES(L, 3), TILE_NAMES(L, 4), MORE_NAMES(L)},
static const tile_function tiles[][RN_MICRO_ROWS + 1][4] = {EACH_LAYOUT(NAMES)};

// One or two rows alone would wait for the latency of each multiply-add: they take several panels at a time.
#if RN_MICRO_VECTORS == 3
TILE(1, 4, 3) TILE(2, 2, 3)
#define WIDE_NAMES(L, ...) {NULL, tile_##L##_1_4_3, tile_##L##_2_2_3},
#else
TILE(1, 4, 2) TILE(2, 2, 2)
#define WIDE_NAMES(L, ...) {NULL, tile_##L##_1_4_2, tile_##L##_2_2_2},
#endif
static const tile_function wide_tiles[][3] = {EACH_LAYOUT(WIDE_NAMES)};
static const size_t wide_panels[3] = {0, 4, 2};

#define AHEAD_OF(L, LEFT, M) \
  static void ahead_##L##_##M(const tile_task *t) { tile(M, 1, RN_MICRO_VECTORS, LEFT, true, t); }
#define AHEAD(M) EACH_LAYOUT(AHEAD_OF, M)
AHEAD(1) AHEAD(2) AHEAD(3) AHEAD(4)
#if RN_MICRO_ROWS == 8
AHEAD(5) AHEAD(6) AHEAD(7) AHEAD(8)
#define MORE_AHEAD(L) ahead_##L##_5, ahead_##L##_6, ahead_##L##_7, ahead_##L##_8
#else
#define MORE_AHEAD(L)
#endif
#define AHEAD_NAMES(L, ...) {NULL, ahead_##L##_1, ahead_##L##_2, ahead_##L##_3, ahead_##L##_4, MORE_AHEAD(L)},
static const tile_function tiles_ahead[][RN_MICRO_ROWS + 1] = {EACH_LAYOUT(AHEAD_NAMES)};

// Rows are cut evenly: 20 rows are 7 + 7 + 6, not 8 + 8 + 4.
static inline ALWAYS_INLINE size_t rows_in(size_t block, size_t blocks, size_t m) {
  return m / blocks + (block < m % blocks);
}

// C is asked for while the tile before is at work.
static inline ALWAYS_INLINE void prefetch_tile(float *const *c, size_t rows, size_t offset, size_t width) {
  for (size_t r = 0; r < rows; r++)
    for (size_t x = 0; x < width; x += 16) __builtin_prefetch(c[r] + offset + x, 1, 3);
}

// c += the product of m left rows, over `steps` steps of k from k0 on, and B [k, n].
static void multiply_block(left_layout layout, const float *left, size_t m, size_t k0, size_t steps,
                           const float *packed, size_t k, size_t n, float *const *c, size_t offset, const float *bias,
                           bool accumulate) {
  const size_t blocks = (m + RN_MICRO_ROWS - 1) / RN_MICRO_ROWS;
  const bool far = k * n > FAR;
  size_t panels = 1;
  for (size_t j = 0; j < n; j += panels * PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    const bool wide = m <= 2 && n - j >= wide_panels[m] * PANEL;
    panels = wide ? wide_panels[m] : 1;
    tile_task task = {
      .a = left, .k = steps, .b = packed + j * k + k0 * padded, .next_panel = k * PANEL, .c = c, .offset = offset + j,
      .tail = RN_LANES - (padded - width), .bias = bias ? bias + j : NULL, .accumulate = accumulate};
    task.ahead = task.b + k * PANEL;
    for (size_t block = 0; block < blocks; block++) {
      const size_t rows = rows_in(block, blocks, m);
      const bool more = j + PANEL < n;
      if (block + 1 < blocks) prefetch_tile(task.c + rows, rows_in(block + 1, blocks, m), offset + j, width);
      else if (more) prefetch_tile(c, rows_in(0, blocks, m), offset + j + PANEL, least(PANEL, n - j - PANEL));
      // The next panel is spread over the first tiles of this one.
      if (far && more && !wide && block < RN_MICRO_VECTORS * RN_LANES / 16) tiles_ahead[layout][rows](&task);
      else (wide ? wide_tiles[layout][rows] : tiles[layout][rows][padded / RN_LANES])(&task);
      task.a += rows * (in_rows(layout) ? RN_LEFT_STRIDE : steps);
      task.c += rows;
      task.ahead += steps * 16;
    }
  }
}

static void k_matmul(const float *const *a, size_t m, size_t k, const float *packed, size_t n, float *const *c,
                     size_t offset, const float *bias, bool accumulate) {
  size_t k0 = 0;
  do {
    const size_t steps = least(K_BLOCK, k - k0);
    for (size_t i = 0; i < m; i += RN_LEFT_ROWS) {
      const size_t rows = least(RN_LEFT_ROWS, m - i);
      const float *left = a[i] + k0;
      if (rows > 1) {
        for (size_t r = 0; r < rows; r++)
          memcpy(rn_left + r * RN_LEFT_STRIDE, a[i + r] + k0, steps * sizeof(float));
        left = rn_left;
      }
      multiply_block(ROWS, left, rows, k0, steps, packed, k, n, c + i, offset, bias, accumulate || k0 > 0);
    }
    k0 += steps;
  } while (k0 < k);
}

// Columns first .. first + m of `steps` rows of D, as tiles read them, a few rows at a time.
static void copy_columns(const float *const *d, size_t first, size_t m, size_t steps) {
  const size_t blocks = (m + RN_MICRO_ROWS - 1) / RN_MICRO_ROWS;
  for (size_t k0 = 0; k0 < steps; k0 += 16) {
    const size_t k1 = least(steps, k0 + 16);
    for (size_t k = k1; k < least(steps, k1 + 16); k++)
      for (size_t x = 0; x < m; x += 16) __builtin_prefetch(d[k] + first + x, 0, 3);
    size_t column = first;
    float *to = rn_left;
    for (size_t block = 0; block < blocks; block++) {
      const size_t rows = rows_in(block, blocks, m);
      if (rows == RN_MICRO_ROWS) {
        for (size_t k = k0; k < k1; k++)
          memcpy(to + k * RN_MICRO_ROWS, d[k] + column, RN_MICRO_ROWS * sizeof(float));
      } else {
        for (size_t k = k0; k < k1; k++)
          for (size_t r = 0; r < rows; r++) to[k * rows + r] = d[k][column + r];
      }
      to += rows * steps;
      column += rows;
    }
  }
}

static void k_matmul_transposed(const float *const *d, size_t first, size_t m, size_t k, const rn_product *products,
                                size_t count) {
  size_t k0 = 0;
  do {
    const size_t steps = least(K_BLOCK, k - k0);
    for (size_t i = 0; i < m; i += RN_LEFT_ROWS) {
      const size_t rows = least(RN_LEFT_ROWS, m - i);
      copy_columns(d + k0, first + i, rows, steps);
      for (const rn_product *p = products; p < products + count; p++)
        multiply_block(COLUMNS, rn_left, rows, k0, steps, p->packed, k, p->n, p->c + i, 0, NULL, k0 > 0);
    }
    k0 += steps;
  } while (k0 < k);
}
