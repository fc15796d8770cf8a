// A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over one sequence: the score of a path
// of tags y is start[y_0] + sum over t of emissions[t][y_t] + sum over t > 0 of transitions[y_t-1][y_t] + end[y_last].
//
// All sums of exponentials are taken in the domain of logarithms, so no potential, however large, overflows, and one of
// minus infinity has probability zero. So has what is 87 less likely than something beside it: no subnormal is ever made.
// The tags of one side lie in lanes, those of the other are taken one after another.

static inline ALWAYS_INLINE float largest_lane(vfloat v) {
  float largest = v[0];
  for (int i = 1; i < WIDTH; i++) largest = v[i] > largest ? v[i] : largest;
  return largest;
}

// log sum over i of exp(x[i] + w[i * stride]), for WIDTH columns of w. The largest begins with the lowest float, since
// infinity less infinity is no number.
static inline ALWAYS_INLINE vfloat log_sum_exp_columns(const float *x, const float *w, size_t stride, size_t n) {
  vfloat largest = vbroadcast(-__FLT_MAX__), sum = 0;
  for (size_t i = 0; i < n; i++) largest = vat_least(largest, x[i] + vload(w + i * stride, WIDTH));
  for (size_t i = 0; i < n; i++) sum += v_exp_or_zero(x[i] + vload(w + i * stride, WIDTH) - largest);
  return largest + v_log(sum);
}

// log sum over i of exp(x[i] + y[i])
static float log_sum_exp_pairs(const float *x, const float *y, size_t n) {
  vfloat largest = vbroadcast(-__FLT_MAX__);
  vdouble sums = 0;
  for (size_t i = 0; i < n; i += WIDTH) largest = vat_least(largest, vload(x + i, WIDTH) + vload(y + i, WIDTH));
  largest = vbroadcast(largest_lane(largest));
  for (size_t i = 0; i < n; i += WIDTH)
    sums += vwiden(v_exp_or_zero(vload(x + i, WIDTH) + vload(y + i, WIDTH) - largest));
  return largest[0] + v_log(vbroadcast((float)vadd_lanes(sums)))[0];
}

static double k_crf_forward(const float *emissions, size_t time, size_t tags, const float *transitions,
                            const float *start, const float *end, size_t stride, float *arriving, float *alpha) {
  double total = 0;
  for (size_t t = 0; t < time; t++, emissions += tags, arriving += stride, alpha += stride) {
    vfloat largest = vbroadcast(-__FLT_MAX__);
    for (size_t j = 0; j < stride; j += WIDTH) {
      const vfloat before =
        t ? log_sum_exp_columns(alpha - stride, transitions + j, stride, tags) : vload(start + j, WIDTH);
      const vfloat a = before + vload(emissions + j, least(WIDTH, tags - j));
      vstore(arriving + j, before, WIDTH);
      vstore(alpha + j, a, WIDTH);
      largest = vat_least(largest, a);
    }
    // The largest is taken off, so that the precision does not fall with the length of the sequence.
    const float shift = largest_lane(largest);
    for (size_t j = 0; j < stride; j += WIDTH) vstore(alpha + j, vload(alpha + j, WIDTH) - shift, WIDTH);
    total += (double)shift;
  }
  return total + (double)log_sum_exp_pairs(alpha - stride, end, stride);
}

// The derivative of the forward recursion: with p(y_t-1 = i | y_t = j) = exp(alpha_t-1[i] + w[i][j] - arriving_t[j]),
//   pairs[j][i] = marginals_t[j] p(i | j)    marginals_t-1[i] = sum over j of pairs[j][i]
static inline ALWAYS_INLINE void crf_backward(const float *arriving, const float *alpha, size_t time, size_t tags,
                                              const float *transposed, const float *end, size_t stride, float scale,
                                              float *marginals, const bool add_pairs, float *pairs) {
  arriving += (time - 1) * stride, alpha += (time - 1) * stride, marginals += (time - 1) * tags;
  const float norm = log_sum_exp_pairs(alpha, end, stride);
  for (size_t j = 0; j < stride; j += WIDTH) {
    const vfloat p = v_exp_or_zero(vload(alpha + j, WIDTH) + vload(end + j, WIDTH) - norm);
    vstore(marginals + j, scale * p, least(WIDTH, tags - j));
  }
  for (size_t t = time - 1; t > 0; t--, arriving -= stride, marginals -= tags) {
    alpha -= stride;
    for (size_t i = 0; i < stride; i += WIDTH) {
      const vfloat a = vload(alpha + i, WIDTH);
      vfloat sum = 0;
      for (size_t j = 0; j < tags; j++) {
        const float m = marginals[j];
        if (m == 0) continue;  // what is impossible has no predecessor
        const size_t at = j * stride + i;
        const vfloat from = v_exp_or_zero(a + vload(transposed + at, WIDTH) - arriving[j]);
        const vfloat p = m * vselect(from < __FLT_MIN__ / __builtin_fabsf(m), vbroadcast(0), from);
        sum += p;
        if (add_pairs) vstore(pairs + at, vload(pairs + at, WIDTH) + p, WIDTH);
      }
      vstore(marginals - tags + i, sum, least(WIDTH, tags - i));
    }
  }
}

static void k_crf_backward(const float *arriving, const float *alpha, size_t time, size_t tags,
                           const float *transposed, const float *end, size_t stride, float scale, float *marginals,
                           float *pairs) {
  if (pairs) crf_backward(arriving, alpha, time, tags, transposed, end, stride, scale, marginals, true, pairs);
  else crf_backward(arriving, alpha, time, tags, transposed, end, stride, scale, marginals, false, NULL);
}

// Viterbi (1967).
static void k_crf_best_path(const float *emissions, size_t time, size_t tags, const float *transitions,
                            const float *start, const float *end, size_t stride, float *scores, uint32_t *from,
                            int32_t *path) {
  float *previous = scores, *next = scores + stride;
  for (size_t t = 0; t < time; t++, emissions += tags) {
    vfloat largest = vbroadcast(-__FLT_MAX__);
    for (size_t j = 0; j < stride; j += WIDTH) {
      vfloat best = t ? vbroadcast(-__builtin_inff()) : vload(start + j, WIDTH);
      vint tag = 0;
      for (size_t i = 0; t > 0 && i < tags; i++) {
        const vfloat score = previous[i] + vload(transitions + i * stride + j, WIDTH);
        const vint better = score > best;
        best = vselect(better, score, best);
        tag = better ? (vint)(int32_t)i : tag;
      }
      best += vload(emissions + j, least(WIDTH, tags - j));
      vstore(next + j, best, WIDTH);
      vstore_bits(from + t * stride + j, (vuint)tag, WIDTH);
      largest = vat_least(largest, best);
    }
    const float shift = largest_lane(largest);
    for (size_t j = 0; j < stride; j += WIDTH) vstore(next + j, vload(next + j, WIDTH) - shift, WIDTH);
    float *swap = previous;
    previous = next, next = swap;
  }
  int32_t last = 0;
  for (size_t j = 1; j < tags; j++)
    if (previous[j] + end[j] > previous[last] + end[last]) last = (int32_t)j;
  for (size_t t = time; t > 0; t--) {
    path[t - 1] = last;
    last = (int32_t)from[(t - 1) * stride + (size_t)last];
  }
}
