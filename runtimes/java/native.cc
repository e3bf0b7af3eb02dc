// What the Java runtime needs from the system and Java does not offer: descriptors by their number, and an
// environment that is known only after the process has started. Children inherit it from here, not from Java.
#include <fcntl.h>
#include <jni.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

extern "C" JNIEXPORT jboolean JNICALL Java_hearth_lambda_Native_take(JNIEnv* env, jclass, jbyteArray name) {
  char text[256] = {};
  const jsize size = env->GetArrayLength(name);
  if (size >= static_cast<jsize>(sizeof text)) ::abort();
  env->GetByteArrayRegion(name, 0, size, reinterpret_cast<jbyte*>(text));
  const bool there = ::getenv(text) != nullptr;
  ::unsetenv(text);
  return there ? JNI_TRUE : JNI_FALSE;
}
