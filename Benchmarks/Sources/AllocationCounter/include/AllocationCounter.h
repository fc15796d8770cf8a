// Counts what the program asks of malloc and its kin.

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stddef.h>

/// Allocations since the start, on all threads; 0 for ever where the C library is not glibc.
size_t allocation_count(void);

#endif
