#include "findings/engine.h"
const struct rule rules_upgrade[] = {{.row = NULL}};
