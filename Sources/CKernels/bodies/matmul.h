// Matrix products from packed operands, after Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication" (2008): a micro-kernel keeps a tile of RN_MICRO_ROWS x (RN_MICRO_VECTORS vectors) of C in registers
// while it walks along k.
//
// Every element of C is one chain of multiply-adds in the order of k, started from C itself, the bias or zero. Cutting
// k into blocks stores and reloads the chain without rounding, and cutting rows or columns does not touch it: so the
// bits of a product do not depend on blocking, on how many rows are multiplied at once, or on threads.

#define PANEL (RN_LANES * RN_MICRO_VECTORS)

// Steps of k between visits to C: the left rows of one block (8 * 256 floats) stay in the first-level cache.
#define K_BLOCK 256

static inline ALWAYS_INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
static inline ALWAYS_INLINE size_t rounded_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static void k_pack(const float *const *rows, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    float *to = packed + j * k;
    for (size_t i = 0; i < k; i++, to += padded) {
      memcpy(to, rows[i] + j, width * sizeof(float));
      for (size_t x = width; x < padded; x++) to[x] = 0;
    }
  }
}

static void k_pack_transposed(const float *w, size_t stride, size_t k, size_t n, float *packed) {
  for (size_t j = 0; j < n; j += PANEL) {
    const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
    float *to = packed + j * k;
    // One cache line of each row of w at a time.
    for (size_t i0 = 0; i0 < k; i0 += 16) {
      const size_t i1 = least(k, i0 + 16);
      for (size_t x = 0; x < width; x++) {
        const float *row = w + (j + x) * stride;
        for (size_t i = i0; i < i1; i++) to[i * padded + x] = row[i];
      }
    }
    for (size_t i = 0; i < k; i++)
      for (size_t x = width; x < padded; x++) to[i * padded + x] = 0;
  }
}

static void k_pack_left(const float *const *d, size_t k, size_t m, float *packed) {
  for (size_t j = 0; j < m; j += RN_MICRO_ROWS) {
    const size_t width = least(RN_MICRO_ROWS, m - j);
    float *to = packed + j * k;
    if (width == RN_MICRO_ROWS) {
      for (size_t i = 0; i < k; i++, to += RN_MICRO_ROWS) memcpy(to, d[i] + j, RN_MICRO_ROWS * sizeof(float));
    } else {
      for (size_t i = 0; i < k; i++, to += RN_MICRO_ROWS)
        for (size_t x = 0; x < RN_MICRO_ROWS; x++) to[x] = x < width ? d[i][j + x] : 0;
    }
  }
}

typedef struct {
  const float *const *a;
  size_t step, k;       // floats between two steps of k in a; steps of k in this block
  const float *b;
  size_t next_panel;    // floats from one panel to the next
  float *const *c;
  size_t offset, tail;  // first column in c; lanes of the last vector in use
  const float *bias;
  bool accumulate;
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

// A tile of M rows by P panels of V vectors. The constants are folded where it is inlined.
static inline ALWAYS_INLINE void tile(const int M, const int P, const int V, const tile_task *t) {
  // Arrays of fixed size, not of M * P * V: those would live in memory.
  vreg sums[RN_MICRO_ROWS * RN_MICRO_VECTORS];
  const float *a[RN_MICRO_ROWS];
  const bool whole = t->tail == RN_LANES;
#pragma clang loop unroll(full)
  for (int i = 0; i < M; i++) {
    a[i] = t->a[i];
    const float *start = t->accumulate ? t->c[i] + t->offset : t->bias;
#pragma clang loop unroll(full)
    for (int j = 0; j < P * V; j++) {
      if (!start) sums[i * P * V + j] = vreg_broadcast(0);
      else if (j < P * V - 1 || whole) sums[i * P * V + j] = vreg_load(start + j * RN_LANES);
      else sums[i * P * V + j] = load_lanes(start + j * RN_LANES, t->tail);
    }
  }
  const float *b = t->b;
  const size_t next_panel = t->next_panel, step = t->step;
  size_t at = 0;
  for (size_t k = t->k; k > 0; k--, at += step, b += V * RN_LANES) {
    vreg right[4 * RN_MICRO_VECTORS];
#pragma clang loop unroll(full)
    for (int p = 0; p < P; p++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < V; j++) right[p * V + j] = vreg_load(b + p * next_panel + j * RN_LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < M; i++) {
      const vreg left = vreg_broadcast(a[i][at]);
#pragma clang loop unroll(full)
      for (int j = 0; j < P * V; j++) sums[i * P * V + j] = vreg_fma(left, right[j], sums[i * P * V + j]);
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

#define TILE(M, P, V) static void tile_##M##_##P##_##V(const tile_task *t) { tile(M, P, V, t); }
#define TILES(M) TILE(M, 1, 1) TILE(M, 1, 2) TILE(M, 1, 3)
#define TILE_NAMES(M) {NULL, tile_##M##_1_1, tile_##M##_1_2, tile_##M##_1_3}
TILES(1) TILES(2) TILES(3) TILES(4)
#if RN_MICRO_ROWS == 8
TILES(5) TILES(6) TILES(7) TILES(8)
#endif
// One or two rows alone would wait for the latency of each multiply-add: they take several panels at a time.
#if RN_MICRO_VECTORS == 3
TILE(1, 4, 3) TILE(2, 2, 3)
static const tile_function wide_tiles[3] = {NULL, tile_1_4_3, tile_2_2_3};
#else
TILE(1, 4, 2) TILE(2, 2, 2)
static const tile_function wide_tiles[3] = {NULL, tile_1_4_2, tile_2_2_2};
#endif
static const size_t wide_panels[3] = {0, 4, 2};

static const tile_function tiles[RN_MICRO_ROWS + 1][4] = {
  {NULL}, TILE_NAMES(1), TILE_NAMES(2), TILE_NAMES(3), TILE_NAMES(4),
#if RN_MICRO_ROWS == 8
  TILE_NAMES(5), TILE_NAMES(6), TILE_NAMES(7), TILE_NAMES(8),
#endif
};

static void k_matmul(const float *const *a, size_t step, size_t m, size_t k, const float *packed, size_t n,
                     float *const *c, size_t offset, const float *bias, bool accumulate) {
  if (m == 0 || n == 0) return;
  // Rows are cut evenly: 20 rows are 7 + 7 + 6, not 8 + 8 + 4.
  const size_t blocks = (m + RN_MICRO_ROWS - 1) / RN_MICRO_ROWS;
  size_t k0 = 0;
  do {
    const size_t steps = least(K_BLOCK, k - k0);
    size_t panels = 1;
    for (size_t j = 0; j < n; j += panels * PANEL) {
      const size_t width = least(PANEL, n - j), padded = rounded_up(width, RN_LANES);
      const size_t vectors = padded / RN_LANES;
      const bool wide = m <= 2 && n - j >= wide_panels[m] * PANEL;
      panels = wide ? wide_panels[m] : 1;
      tile_task task = {
        .step = step, .k = steps, .b = packed + j * k + k0 * padded, .next_panel = k * PANEL, .offset = offset + j,
        .tail = RN_LANES - (padded - width), .bias = bias ? bias + j : NULL, .accumulate = accumulate || k0 > 0};
      for (size_t block = 0, i = 0; block < blocks; block++) {
        const size_t rows = m / blocks + (block < m % blocks);
        const float *left[RN_MICRO_ROWS];
        for (size_t r = 0; r < rows; r++) left[r] = a[i + r] + k0 * step;
        task.a = left;
        task.c = c + i;
        (wide ? wide_tiles[rows] : tiles[rows][vectors])(&task);
        i += rows;
      }
    }
    k0 += steps;
  } while (k0 < k);
}

#undef PANEL
#undef K_BLOCK
