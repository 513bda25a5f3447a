// Which sanitizer the check is compiled with: they are slow, and not made for everything.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define PYRNN_CHECK_THREAD_SANITIZER 1
#elif defined(__SANITIZE_ADDRESS__)
#define PYRNN_CHECK_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PYRNN_CHECK_THREAD_SANITIZER 1
#elif __has_feature(address_sanitizer)
#define PYRNN_CHECK_ADDRESS_SANITIZER 1
#endif
#endif
