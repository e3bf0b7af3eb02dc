// What the Java runtime needs from the system and Java does not offer: descriptors by their number, and an
// environment that is known only after the process has started. Children inherit it from here, not from Java.
#include <fcntl.h>
#include <jni.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/take.h"

extern "C" JNIEXPORT jobject JNICALL Java_hearth_lambda_Native_descriptor(JNIEnv* env, jclass, jint number) {
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  jclass type = env->FindClass("java/io/FileDescriptor");
  jobject descriptor = env->NewObject(type, env->GetMethodID(type, "<init>", "()V"));
  env->SetIntField(descriptor, env->GetFieldID(type, "fd", "I"), number);
  return descriptor;
}

extern "C" JNIEXPORT void JNICALL Java_hearth_lambda_Native_become(JNIEnv* env, jclass, jbyteArray variables,
                                                                   jbyteArray folder) {
  const jsize size = env->GetArrayLength(variables);
  char* text = static_cast<char*>(::malloc(static_cast<size_t>(size) + 1));
  if (text == nullptr) ::abort();
  env->GetByteArrayRegion(variables, 0, size, reinterpret_cast<jbyte*>(text));
  text[size] = '\0';
  for (char* one = text; one < text + size;) {
    char* next = one + ::strlen(one) + 1;
    if (char* equals = ::strchr(one, '=')) {
      *equals = '\0';
      ::setenv(one, equals + 1, 1);
    }
    one = next;
  }
  ::free(text);
  ::tzset();

  char path[4096] = {};
  const jsize path_size = env->GetArrayLength(folder);
  if (path_size >= static_cast<jsize>(sizeof path)) return;
  env->GetByteArrayRegion(folder, 0, path_size, reinterpret_cast<jbyte*>(path));
  if (::chdir(path) != 0) ::abort();
}

extern "C" JNIEXPORT jstring JNICALL Java_hearth_lambda_Native_take(JNIEnv* env, jclass, jstring name) {
  const char* text = env->GetStringUTFChars(name, nullptr);
  if (text == nullptr) return nullptr;
  const char* value = ::getenv(text);
  jstring taken = value == nullptr ? nullptr : env->NewStringUTF(value);
  ::unsetenv(text);
  env->ReleaseStringUTFChars(name, text);
  return taken;
}

extern "C" JNIEXPORT void JNICALL Java_hearth_lambda_Native_change(JNIEnv* env, jclass, jobject variables,
                                                                   jstring name, jstring value) {
  const char* name_text = env->GetStringUTFChars(name, nullptr);
  const char* value_text = env->GetStringUTFChars(value, nullptr);
  if (name_text == nullptr || value_text == nullptr) ::abort();
  ::setenv(name_text, value_text, 1);
  env->ReleaseStringUTFChars(value, value_text);
  env->ReleaseStringUTFChars(name, name_text);
  jclass unmodifiable = env->FindClass("java/util/Collections$UnmodifiableMap");
  jclass map = env->FindClass("java/util/Map");
  jobject kept = env->GetObjectField(variables, env->GetFieldID(unmodifiable, "m", "Ljava/util/Map;"));
  jmethodID put = env->GetMethodID(map, "put", "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;");
  env->CallObjectMethod(kept, put, name, value);
}

extern "C" JNIEXPORT jbyteArray JNICALL Java_hearth_lambda_Native_variables(JNIEnv* env, jclass) {
  const auto text = hearth::checkpoint::variables();
  const auto bytes = static_cast<jsize>(text.size());
  jbyteArray variables = env->NewByteArray(bytes);
  if (variables != nullptr)
    env->SetByteArrayRegion(variables, 0, bytes, reinterpret_cast<const jbyte*>(text.data()));
  return variables;
}

extern "C" JNIEXPORT jstring JNICALL Java_hearth_lambda_Native_checkpoint(JNIEnv* env, jclass, jint number,
                                                                          jint kind, jlong bytes_max) {
  char why[256] = {};
  const int outcome =
      hearth::checkpoint::take(number, static_cast<uint8_t>(kind), static_cast<uint64_t>(bytes_max), why);
  return outcome == hearth::checkpoint::kRestored ? nullptr : env->NewStringUTF(why);
}
