// How text of Cedar's family is cut and read: for rooms that read its other texts, such as schemas.
// Tokens with their places, one token of look-ahead with what would have been right, identifiers,
// and quoted text with its escapes.
#pragma once

#include "cedar/internal/lexer.h"
#include "cedar/internal/lexical.h"
#include "cedar/internal/token_reader.h"
