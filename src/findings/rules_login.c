#include "findings/engine.h"
const struct rule rules_login[] = {{.row = NULL}};
