#include "findings/engine.h"
const struct rule rules_proto[] = {{.row = NULL}};
