#define _GNU_SOURCE
#include "CKernels.h"

#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

size_t rn_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (size_t)CPU_COUNT(&set);
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}
