// Who wrote a line of an environment's log.
#pragma once

namespace hearth::execution {

enum class LineOf { kFunction, kExtension };

}  // namespace hearth::execution
