# Starts a .NET function: a program of its own that brings its client, or a class library with ours. The first argument is
# the host's dotnet.
dotnet=$1
export DOTNET_ROOT="${dotnet%/*}"

die() {
  echo "Error: $2" >&2
  exit "$1"
}

# The file of the function with this ending, named after the assembly or alone.
file_of() {
  named=$LAMBDA_TASK_ROOT/$assembly$1
  [ -f "$named" ] || {
    set -- "$1" "$LAMBDA_TASK_ROOT"/*"$1"
    named=$2
    [ $# = 2 ] && [ -f "$named" ] || return 1
  }
}

missing="is missing the required"
case $_HANDLER in
  *:*)
    assembly=${LAMBDA_DOTNET_MAIN_ASSEMBLY:-${_HANDLER%%:*}}
    assembly=${assembly%.dll}
    installed=".NET binaries for Lambda function are not correctly installed in the $LAMBDA_TASK_ROOT directory of the image when the image was built. The $LAMBDA_TASK_ROOT directory"
    file_of .deps.json || die 105 "$installed $missing .deps.json file."
    dependencies=$named
    file_of .runtimeconfig.json || die 106 "$installed $missing .runtimeconfig.json file."
    exec "$dotnet" exec --depsfile "$dependencies" --runtimeconfig "$named" "$LAMBDA_RUNTIME_DIR/runtime.dll"
    ;;
esac
unset _HEARTH_SNAPSHOT  # a program's client asks at the Runtime API
program=$LAMBDA_TASK_ROOT/$_HANDLER
[ -f "${program%.dll}.dll" ] && exec "$dotnet" exec "${program%.dll}.dll"
[ -f "$program" ] && exec "$program"
die 104 "executable assembly ${program%.dll}.dll or binary $program not found."
