#include "check/comparison.h"

#include <cstdio>

namespace pyrnn::check {

std::string text_of(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace pyrnn::check
