// A deleter for what a C library makes: std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>.
#pragma once

namespace hearth {

template <auto free>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

}  // namespace hearth
