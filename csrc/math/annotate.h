// How the headers of math/ and cells/ are seen by each compiler.
//
// They are compiled once per instruction set (and once by nvcc), each time into its own namespace
// pyrnn::PYRNN_ISA and, inside it, an anonymous one: internal linkage, so the linker can never
// merge a function built for AVX-512 with the same function built for an older CPU.
#pragma once

#ifndef PYRNN_ISA
#define PYRNN_ISA scalar
#endif

#if defined(__CUDACC__)
#define PYRNN_INLINE __host__ __device__ __forceinline__
#else
#define PYRNN_INLINE inline __attribute__((always_inline))
#endif
