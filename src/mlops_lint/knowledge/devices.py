"""Devices: how code asks for a GPU, how it finds out whether there is one, and what runs on nothing else.

Sources (read 2026-11): PyTorch 2.9 "CUDA semantics", ``torch.cuda``, ``torch.accelerator`` and ``torch.distributed``; TensorFlow 2.20 "Use a GPU" and
``tf.config``; Accelerate 1.12; the installation pages of the libraries named below.
"""

from __future__ import annotations

import re

CUDA_TEXT = re.compile(r"cuda(:\d+)?")
"""A PyTorch device that is a GPU of NVIDIA."""
TENSORFLOW_TEXT = re.compile(r"/?(device:)?gpu:\d+|/device:gpu:\d+|/job:\w+/.*gpu:\d+", re.IGNORECASE)
"""A TensorFlow device that is a GPU."""

DEVICE_CALLS: frozenset[str] = frozenset({"torch.device", "torch.set_default_device"})
"""Calls whose first argument is a PyTorch device."""
DEVICE_KEYWORDS: frozenset[str] = frozenset({"device", "map_location", "device_map", "torch_device"})
"""Keywords that take a device."""
TENSORFLOW_DEVICE_CALLS: frozenset[str] = frozenset({"tensorflow.device", "tensorflow.compat.v1.device"})

CUDA_TENSORS = re.compile(r"torch\.cuda\.(Float|Double|Half|BFloat16|Long|Int|Short|Byte|Bool|Char)Tensor")
"""Constructors that put a tensor on the GPU."""

TESTS: frozenset[str] = frozenset(
    {
        *("torch.cuda.is_available", "torch.cuda.device_count", "torch.cuda.get_device_name", "torch.cuda.is_initialized"),
        *("torch.accelerator.is_available", "torch.accelerator.current_accelerator", "torch.backends.cuda.is_built", "torch.version.cuda"),
        *("tensorflow.config.list_physical_devices", "tensorflow.config.experimental.list_physical_devices", "tensorflow.test.is_gpu_available"),
        *("tensorflow.config.list_logical_devices", "tensorflow.test.gpu_device_name", "tensorflow.test.is_built_with_cuda"),
        *("tensorflow.config.get_visible_devices", "tensorflow.python.client.device_lib.list_local_devices", "GPUtil.getAvailable", "GPUtil.getGPUs"),
        *("torch.distributed.init_process_group", "torch.distributed.is_available", "accelerate.Accelerator", "accelerate.PartialState"),
    }
)
"""Calls that find out about devices, or belong to a launcher that hands them out."""
TEST_WORDS = re.compile(
    r"is_available|cuda_available|gpu_available|cuda_is_available|has_cuda|has_gpu|use_cuda|use_gpu|no_cuda|no_gpu|get_device$|select_device|"
    r"get_best_device|choose_device|auto_device|pick_device|find_device|infer_device|setup_device|get_torch_device|local_rank|LOCAL_RANK|"
    r"init_distributed|set_device$|nvidia-smi|list_physical_devices|device_count"
)
"""Names that say that a program tests for a device, lets it be switched off, or is given one by a launcher."""
CONDITION_WORDS = re.compile(r"cuda|gpu|cpu|device|mps|rank|is_available|accelerator", re.IGNORECASE)
"""Words of a condition that decides about a device."""

GPU_ONLY: frozenset[str] = frozenset(
    "triton bitsandbytes flash_attn cudf cuml cupy cugraph pycuda tensorrt torch_tensorrt torch2trt tensorrt_llm vllm apex deepspeed xformers mamba_ssm "
    "spconv MinkowskiEngine pointnet2 pointnet2_ops tinycudann nvdiffrast gsplat diff_gaussian_rasterization simple_knn kaolin unsloth auto_gptq awq exllama "
    "exllamav2 causal_conv1d transformer_engine nvtx pynvml nvidia dali cuda numba.cuda torch.utils.cpp_extension torch.cuda.nvtx selective_scan_cuda "
    "fused_dense_lib megatron colossalai lmdeploy sglang jax_triton warp isaacgym".split()
)
"""Packages that run on no other device."""
GPU_ONLY_CALLS: frozenset[str] = frozenset(
    {
        *("torch.cuda.Event", "torch.cuda.synchronize", "torch.cuda.CUDAGraph", "torch.cuda.Stream", "torch.cuda.max_memory_allocated"),
        *("torch.cuda.reset_peak_memory_stats", "torch.cuda.memory_allocated", "torch.cuda.nvtx.range_push", "torch.cuda.cudart"),
        *("torch.cuda.profiler.start", "torch.cuda.get_device_properties", "torch.cuda.mem_get_info", "torch.cuda.memory_summary"),
    }
)
"""Calls of code that measures or programs the GPU itself."""

OTHER_FALLBACKS: tuple[str, ...] = (
    "xgboost.",
    "lightgbm.",
    "catboost.",
    "builtins.",
    "argparse.",
    "types.",
    "omegaconf.",
    "dataclasses.",
    "torch.autocast",
)
"""Starts of names whose ``device=`` falls back to the processor by itself, or is no device yet."""
