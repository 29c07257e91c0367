cmake_minimum_required(VERSION 3.25)
# Writes build_name.cpp with the version, the commit and the build type, if it changed. Run at every build with
# -DSOURCE, -DOUT, -DVERSION, -DTYPE.
execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=12 --exclude=* --dirty=+
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR commit STREQUAL "")
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
"#include \"cli/build.h\"

namespace cantus::cli {
std::string build_name() { return \"@VERSION@ @commit@ @TYPE@\"; }
}  // namespace cantus::cli
")
