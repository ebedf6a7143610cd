/*
 * RSA keys made by a library of Infineon, whose primes have the form k*M + (65537^a mod M), M
 * being the product of the first small primes (CVE-2017-15361; Nemec, Sys, Svenda, Klinec,
 * Matyas: "The Return of Coppersmith's Attack", CCS 2017, section 2).
 */
#ifndef MS_DISSECTORS_TLS_ROCA_H
#define MS_DISSECTORS_TLS_ROCA_H

#include "base/bytes.h"

/*
 * Is the modulus (big endian) a power of 65537 modulo the product of the primes 3 … 167, which
 * every M of the library has in it? Of others one in 2^154 is.
 */
bool roca_fits(struct bytes modulus);

#endif
