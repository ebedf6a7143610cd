#include "findings/engine.h"
const struct rule rules_caps[] = {{.row = NULL}};
