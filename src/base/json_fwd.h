// Forward declaration of the document type, for headers that only pass it on.
#pragma once
#include <boost/json/fwd.hpp>

namespace hearth {
namespace json = boost::json;
}
