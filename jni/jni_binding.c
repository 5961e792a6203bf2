// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * io.processsignals.agent.capture.NativeCapture's native methods. Hot calls
 * return -errno and Java throws; set-up calls throw from here with advice.
 */
#include <errno.h>
#include <jni.h>
#include <stdint.h>
#include <string.h>

#include "process_signals_capture.h"

#define CAPTURE_CLASS "io/processsignals/agent/capture/NativeCapture"
#define EXCEPTION_CLASS "io/processsignals/agent/capture/CaptureException"
#define STATUS_CLASS "io/processsignals/agent/capture/HookStatus"

static jclass exception_class;
static jclass status_class;
static jmethodID status_constructor;

static struct ps_capture *capture_of(jlong handle)
{
	return (struct ps_capture *)(intptr_t)handle;
}

static jlong open_capture(JNIEnv *env, jclass type, jlong ring_bytes, jlong signal_mask,
			  jint exec_args_max, jint bulk_percent, jint rate_per_second,
			  jint rate_burst, jboolean signals_delivered, jstring pin_folder,
			  jint pin_quiet_seconds)
{
	struct ps_options options = {
		.ring_bytes = (__u64)ring_bytes,
		.signal_mask = (__u64)signal_mask,
		.exec_args_max = (__u32)exec_args_max,
		.bulk_percent = (__u32)bulk_percent,
		.rate_per_second = (__u32)rate_per_second,
		.rate_burst = (__u32)rate_burst,
		.signals_delivered = signals_delivered,
		.pin_quiet_seconds = (__u32)pin_quiet_seconds,
	};
	struct ps_capture *capture = NULL;
	char error[PS_ERROR_MAX] = "";
	const char *folder = NULL;
	int err;

	(void)type;
	if (pin_folder) {
		folder = (*env)->GetStringUTFChars(env, pin_folder, NULL);
		if (!folder)
			return 0;
	}
	options.pin_folder = folder;
	err = ps_capture_open(&options, &capture, error, sizeof(error));
	if (folder)
		(*env)->ReleaseStringUTFChars(env, pin_folder, folder);
	if (err) {
		(*env)->ThrowNew(env, exception_class, error);
		return 0;
	}
	return (jlong)(intptr_t)capture;
}

static void attach(JNIEnv *env, jclass type, jlong handle)
{
	char error[PS_ERROR_MAX] = "";

	(void)type;
	if (ps_capture_attach(capture_of(handle), error, sizeof(error)))
		(*env)->ThrowNew(env, exception_class, error);
}

struct memory {
	void *address;
	size_t capacity;
};

/* The memory of a direct buffer; address is NULL if it is none. */
static struct memory memory_of(JNIEnv *env, jobject buffer)
{
	struct memory memory = { .address = (*env)->GetDirectBufferAddress(env, buffer) };
	jlong capacity = (*env)->GetDirectBufferCapacity(env, buffer);

	if (capacity < 0)
		memory.address = NULL;
	else
		memory.capacity = (size_t)capacity;
	return memory;
}

static jint poll_ring(JNIEnv *env, jclass type, jlong handle, jobject buffer, jint timeout_ms,
		      jint silence_ms)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_poll(capture_of(handle), memory.address, memory.capacity,
				     timeout_ms, silence_ms);
}

static void wake(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	ps_capture_wake(capture_of(handle));
}

static void release_ring(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	ps_capture_release(capture_of(handle));
}

static jint read_counters(JNIEnv *env, jclass type, jlong handle, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_counters(capture_of(handle), memory.address, memory.capacity);
}

static jint read_reported(JNIEnv *env, jclass type, jlong handle, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_reported(capture_of(handle), memory.address, memory.capacity);
}

static jint write_reported(JNIEnv *env, jclass type, jlong handle, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_set_reported(capture_of(handle), memory.address, memory.capacity);
}

static jint read_running(JNIEnv *env, jclass type, jlong handle, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_running(capture_of(handle), memory.address, memory.capacity);
}

static jint read_suppressed(JNIEnv *env, jclass type, jlong handle, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address)
		return -EINVAL;
	return (jint)ps_capture_suppressed(capture_of(handle), memory.address,
					   memory.capacity / sizeof(struct ps_rate_bucket));
}

/* buffer: one struct ps_rate_told */
static jint read_told(JNIEnv *env, jclass type, jlong handle, jlong cgroup_id, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address || memory.capacity < sizeof(struct ps_rate_told))
		return -EINVAL;
	return ps_capture_told(capture_of(handle), (__u64)cgroup_id, memory.address);
}

static jint write_told(JNIEnv *env, jclass type, jlong handle, jlong cgroup_id, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address || memory.capacity < sizeof(struct ps_rate_told))
		return -EINVAL;
	return ps_capture_set_told(capture_of(handle), (__u64)cgroup_id, memory.address);
}

/* buffer: one struct ps_rate_bucket */
static jint forget_cgroup(JNIEnv *env, jclass type, jlong handle, jlong cgroup_id, jobject buffer)
{
	struct memory memory = memory_of(env, buffer);

	(void)type;
	if (!memory.address || memory.capacity < sizeof(struct ps_rate_bucket))
		return -EINVAL;
	return ps_capture_forget_cgroup(capture_of(handle), (__u64)cgroup_id, memory.address);
}

static jboolean is_adopted(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	return ps_capture_adopted(capture_of(handle));
}

static jboolean has_replaced(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	return ps_capture_replaced(capture_of(handle));
}

static void heartbeat(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	ps_capture_heartbeat(capture_of(handle));
}

static void unpin(JNIEnv *env, jclass type, jstring pin_folder)
{
	const char *folder = (*env)->GetStringUTFChars(env, pin_folder, NULL);
	char error[PS_ERROR_MAX] = "";
	int err;

	(void)type;
	if (!folder)
		return;
	err = ps_unpin(folder, error, sizeof(error));
	(*env)->ReleaseStringUTFChars(env, pin_folder, folder);
	if (err)
		(*env)->ThrowNew(env, exception_class, error);
}

static jobjectArray read_hooks(JNIEnv *env, jclass type, jlong handle)
{
	const struct ps_hook_status *hooks = ps_capture_hooks(capture_of(handle));
	jobjectArray array = (*env)->NewObjectArray(env, PS_HOOK_STATUS_COUNT, status_class, NULL);

	(void)type;
	for (int i = 0; array && i < PS_HOOK_STATUS_COUNT; i++) {
		jstring name = (*env)->NewStringUTF(env, hooks[i].name);
		jstring reason = name ? (*env)->NewStringUTF(env, hooks[i].reason) : NULL;
		jobject status = NULL;

		if (!reason)
			return NULL;
		status = (*env)->NewObject(env, status_class, status_constructor, name,
					   hooks[i].mandatory, hooks[i].attached, reason);
		if (!status)
			return NULL;
		(*env)->SetObjectArrayElement(env, array, i, status);
		(*env)->DeleteLocalRef(env, status);
		(*env)->DeleteLocalRef(env, reason);
		(*env)->DeleteLocalRef(env, name);
	}
	return array;
}

static jint cpus(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	return ps_capture_cpus(capture_of(handle));
}

static jlong capture_id(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	return (jlong)ps_capture_id(capture_of(handle));
}

static void close_capture(JNIEnv *env, jclass type, jlong handle)
{
	(void)env;
	(void)type;
	ps_capture_close(capture_of(handle));
}

static void prepare(JNIEnv *env, jclass type)
{
	(void)env;
	(void)type;
	ps_prepare();
}

static void read_clocks(JNIEnv *env, jclass type, jlongArray pair)
{
	__u64 boot_ns = 0, real_ns = 0;
	jlong values[2];

	(void)type;
	ps_clocks(&boot_ns, &real_ns);
	values[0] = (jlong)boot_ns;
	values[1] = (jlong)real_ns;
	(*env)->SetLongArrayRegion(env, pair, 0, 2, values);
}

/* The handshake: Java refuses a library that was built from another layout. */
static jint layout(JNIEnv *env, jclass type)
{
	(void)env;
	(void)type;
	return PS_LAYOUT_VERSION;
}

static jint record_max(JNIEnv *env, jclass type)
{
	(void)env;
	(void)type;
	return (jint)PS_RECORD_MAX;
}

static const JNINativeMethod methods[] = {
	{ "open0", "(JJIIIIZLjava/lang/String;I)J", (void *)open_capture },
	{ "attach0", "(J)V", (void *)attach },
	{ "poll0", "(JLjava/nio/ByteBuffer;II)I", (void *)poll_ring },
	{ "wake0", "(J)V", (void *)wake },
	{ "release0", "(J)V", (void *)release_ring },
	{ "counters0", "(JLjava/nio/ByteBuffer;)I", (void *)read_counters },
	{ "reported0", "(JLjava/nio/ByteBuffer;)I", (void *)read_reported },
	{ "setReported0", "(JLjava/nio/ByteBuffer;)I", (void *)write_reported },
	{ "told0", "(JJLjava/nio/ByteBuffer;)I", (void *)read_told },
	{ "setTold0", "(JJLjava/nio/ByteBuffer;)I", (void *)write_told },
	{ "suppressed0", "(JLjava/nio/ByteBuffer;)I", (void *)read_suppressed },
	{ "forgetCgroup0", "(JJLjava/nio/ByteBuffer;)I", (void *)forget_cgroup },
	{ "isAdopted0", "(J)Z", (void *)is_adopted },
	{ "hasReplaced0", "(J)Z", (void *)has_replaced },
	{ "heartbeat0", "(J)V", (void *)heartbeat },
	{ "unpin0", "(Ljava/lang/String;)V", (void *)unpin },
	{ "running0", "(JLjava/nio/ByteBuffer;)I", (void *)read_running },
	{ "hooks0", "(J)[L" STATUS_CLASS ";", (void *)read_hooks },
	{ "cpus0", "(J)I", (void *)cpus },
	{ "captureId0", "(J)J", (void *)capture_id },
	{ "close0", "(J)V", (void *)close_capture },
	{ "prepare0", "()V", (void *)prepare },
	{ "clocks0", "([J)V", (void *)read_clocks },
	{ "layoutVersion0", "()I", (void *)layout },
	{ "recordMax0", "()I", (void *)record_max },
};

static jclass global_class(JNIEnv *env, const char *name)
{
	jclass local = (*env)->FindClass(env, name);
	jclass global = local ? (*env)->NewGlobalRef(env, local) : NULL;

	if (local)
		(*env)->DeleteLocalRef(env, local);
	return global;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
	JNIEnv *env;
	jclass capture_class;
	jint result = JNI_ERR;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK)
		return JNI_ERR;
	exception_class = global_class(env, EXCEPTION_CLASS);
	status_class = exception_class ? global_class(env, STATUS_CLASS) : NULL;
	if (!status_class)
		goto done;
	status_constructor = (*env)->GetMethodID(env, status_class, "<init>",
						 "(Ljava/lang/String;ZZLjava/lang/String;)V");
	if (!status_constructor)
		goto done;
	capture_class = (*env)->FindClass(env, CAPTURE_CLASS);
	if (!capture_class)
		goto done;
	if ((*env)->RegisterNatives(env, capture_class, methods,
				    sizeof(methods) / sizeof(methods[0])) == JNI_OK)
		result = JNI_VERSION_10;
	(*env)->DeleteLocalRef(env, capture_class);
done:
	if (result == JNI_ERR) {
		if (exception_class)
			(*env)->DeleteGlobalRef(env, exception_class);
		if (status_class)
			(*env)->DeleteGlobalRef(env, status_class);
		exception_class = status_class = NULL;
	}
	return result;
}

JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *vm, void *reserved)
{
	JNIEnv *env;

	(void)reserved;
	if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK)
		return;
	(*env)->DeleteGlobalRef(env, exception_class);
	(*env)->DeleteGlobalRef(env, status_class);
}
