# Cross-compiles the engine and its check for AArch64, to run NEON under qemu on another machine:
#
#   cmake -S . -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE=csrc/check/aarch64.cmake \
#         -DPYRNN_BUILD_EXTENSION=OFF -DPYRNN_BUILD_CHECK=ON
#   cmake --build build/aarch64 && qemu-aarch64 build/aarch64/pyrnn_check
#
# Needs g++-aarch64-linux-gnu and qemu-user. Linked statically, so qemu needs no system root.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
