// The arithmetic of Recurrent: one table of functions per instruction set.
//
// Every function is listed once, in kernels.def. Each instruction set compiles the same bodies into a table;
// `rn_active` is the table chosen at start, and `rn_NAME(...)` calls through it.
//
// Values are float32 unless a name says otherwise. A function is a pure function of its arguments: it allocates
// nothing, keeps nothing, and gives the same bits whatever thread calls it.

#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The activation of an Elman cell.
typedef enum { RN_TANH = 0, RN_RELU = 1, RN_SIGMOID = 2 } rn_activation;

/// The right operand of a matrix product, packed, with its columns, and the rows of the result.
typedef struct {
  const float *packed;
  size_t n;
  float *const *c;
} rn_product;

/// The kernels of one instruction set.
typedef struct {
  /// `avx512bf16`, `avx512`, `avx2`, `neon` or `portable`.
  const char *name;
  /// Lanes of one vector register, in floats: the width to which packed columns are padded.
  size_t lanes;
  /// Columns of one panel of a packed matrix.
  size_t panel;
  /// Rows that one call of the matrix micro-kernel covers.
  size_t rows;
  /// Words of 32 bits that two steps of k take where operands are rounded to bfloat16: 1 where an instruction multiplies
  /// pairs of these, otherwise 2.
  size_t pair_words;
#define KERNEL(result, name, parameters, arguments) result(*name) parameters;
#include "kernels.def"
#undef KERNEL
} rn_kernels;

/// The table of an instruction set by name, or NULL where this processor, operating system or build lacks it.
const rn_kernels *rn_kernels_named(const char *name);

/// The best table that this machine can run.
const rn_kernels *rn_kernels_best(void);

/// The table in use: the one that the environment variable RECURRENT_KERNELS names, or else the best.
extern const rn_kernels *rn_active;

/// The value of RECURRENT_KERNELS if it names a table that this machine cannot run, otherwise NULL.
extern const char *rn_refused;

/// `rn_active` and `rn_refused` as values, for languages that cannot see that these do not change.
static inline const rn_kernels *rn_current(void) { return rn_active; }
static inline const char *rn_refused_name(void) { return rn_refused; }

/// True if addition and multiplication are fused (one rounding) in this table.
bool rn_is_fused(const rn_kernels *table);

#define RN_FORWARD_void(call) call
#define RN_FORWARD_float(call) return call
#define RN_FORWARD_double(call) return call
#define RN_FORWARD_bool(call) return call
#define KERNEL(result, name, parameters, arguments) \
  static inline result rn_##name parameters { RN_FORWARD_##result(rn_active->name arguments); }
#include "kernels.def"
#undef KERNEL

/// The number of processors that this process may use, at least 1.
size_t rn_processors(void);

/// Tells the processor that this thread is waiting in a loop.
static inline void rn_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Multiply-adds until `seconds` have passed, from registers alone; returns floating-point operations per second.
/// `rounded` for those of operands rounded to bfloat16.
double rn_peak(double seconds, bool rounded);

#endif
