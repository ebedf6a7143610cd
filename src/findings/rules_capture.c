#include "findings/engine.h"
const struct rule rules_capture[] = {{.row = NULL}};
