// Chooses the table of kernels, once, before main.

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bodies/tables.h"

// Best first.
static const rn_table *const tables[] = {
#if defined(__x86_64__)
  &rn_table_avx512bf16, &rn_table_avx512, &rn_table_avx2,
#elif defined(__aarch64__)
  &rn_table_neon,
#endif
  &rn_table_portable,
};
#define TABLE_COUNT (sizeof tables / sizeof tables[0])

_Alignas(64) _Thread_local float rn_left[RN_LEFT_ROWS * RN_LEFT_STRIDE];

const rn_kernels *rn_active = &rn_table_portable.kernels;
const char *rn_refused = NULL;

// What the processor has and the operating system saves: __builtin_cpu_supports reports AVX features only where XGETBV
// says that their registers survive a change of context (compiler-rt, lib/builtins/cpu_model/x86.c).
static bool can_run(const rn_table *table) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (table == &rn_table_avx2) return avx2;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (table == &rn_table_avx512) return avx512;
  if (table == &rn_table_avx512bf16) return avx512 && __builtin_cpu_supports("avx512bf16") &&
                                           __builtin_cpu_supports("avx512vnni");
#else
  (void)table;
#endif
  return true;
}

const rn_kernels *rn_kernels_named(const char *name) {
  for (size_t i = 0; i < TABLE_COUNT; i++)
    if (strcmp(tables[i]->kernels.name, name) == 0 && can_run(tables[i])) return &tables[i]->kernels;
  return NULL;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Operations a second: the best of a few moments, since other programs only ever slow it down.
static double speed(double (*peak)(size_t, volatile float *)) {
  const size_t rounds = 100;
  volatile float sum;
  double best = 0;
  for (int i = 0; i < 4; i++) {
    const double start = now(), operations = peak(rounds, &sum), rate = operations / (now() - start);
    best = rate > best ? rate : best;
  }
  return best;
}

// Some processors have the instruction for pairs of bfloat16 at half the speed of two multiply-adds of float32; without
// it, the same bits come from float32 (matmul_rounded.h). Takes a quarter of a millisecond.
static bool gains_from_pairs(const rn_table *table) {
  return table->peak_rounded == table->peak || speed(table->peak_rounded) > speed(table->peak);
}

const rn_kernels *rn_kernels_best(void) {
  size_t i = 0;
  while (!can_run(tables[i]) || !gains_from_pairs(tables[i])) i++;  // ends at portable
  return &tables[i]->kernels;
}

static const rn_table *whole_table(const rn_kernels *kernels) {
  for (size_t i = 0; i < TABLE_COUNT; i++)
    if (&tables[i]->kernels == kernels) return tables[i];
  return &rn_table_portable;
}

bool rn_is_fused(const rn_kernels *table) { return whole_table(table)->fused; }

__attribute__((constructor)) static void choose_table(void) {
  const char *wanted = getenv("RECURRENT_KERNELS");
  const rn_kernels *named = wanted && *wanted ? rn_kernels_named(wanted) : NULL;
  rn_active = named ? named : rn_kernels_best();
  rn_refused = wanted && *wanted && !named ? wanted : NULL;
}

double rn_peak(double seconds, bool rounded) {
  const rn_table *table = whole_table(rn_active);
  double (*const peak)(size_t, volatile float *) = rounded ? table->peak_rounded : table->peak;
  const size_t rounds = 1000;
  // A sum stored where the compiler must assume a reader, so that the work cannot be left out.
  volatile float sum;
  peak(rounds, &sum);
  double operations = 0, elapsed;
  const double start = now();
  do {
    operations += peak(rounds, &sum);
    elapsed = now() - start;
  } while (elapsed < seconds);
  return operations / elapsed;
}
