// Any processor: vectors of 4 floats, and no multiply-add instruction is assumed.

#include <string.h>

#include "bodies/tables.h"

#define RN_TABLE portable
#define RN_LANES 4
#define RN_FUSED 0
#define RN_MICRO_ROWS 4
#define RN_MICRO_VECTORS 2
#include "bodies/table.h"
