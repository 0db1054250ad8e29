"""Calls that load a model, tokenizer or pipeline, and what a loaded one is used by.

Sources (read 2026-11): Transformers 4.57, Diffusers 0.35, Sentence Transformers 5.1, PyTorch 2.9, Keras 3, TensorFlow 2.20, joblib 1.5, spaCy 3.8, Stanza 1.10, Flair 0.15,
Gensim 4.3, fastText 0.9, XGBoost 3.0, LightGBM 4.6, CatBoost 1.2, MLflow 3.4, Ultralytics 8.3, Whisper 20250625, faster-whisper 1.2, llama-cpp-python 0.3, vLLM 0.11, EasyOCR 1.7,
open_clip 3.2, LangChain 0.3, TensorFlow Hub 0.16, timm 1.0, torchvision 0.24. ONNX sessions and compiled models belong to the rule about what is built per request.
"""

from __future__ import annotations

LOADS: frozenset[str] = frozenset(
    {
        "transformers.pipeline",
        "transformers.pipelines.pipeline",
        "sentence_transformers.SentenceTransformer",
        "sentence_transformers.CrossEncoder",
        "sentence_transformers.cross_encoder.CrossEncoder",
        "FlagEmbedding.FlagModel",
        "FlagEmbedding.BGEM3FlagModel",
        "torch.jit.load",
        "torch.hub.load",
        "keras.models.load_model",
        "keras.saving.load_model",
        "tensorflow.keras.models.load_model",
        "tensorflow.keras.saving.load_model",
        "tf_keras.models.load_model",
        "tensorflow.saved_model.load",
        "tensorflow_hub.load",
        "tensorflow_hub.KerasLayer",
        "tensorflow.lite.Interpreter",
        "spacy.load",
        "stanza.Pipeline",
        "flair.models.SequenceTagger.load",
        "flair.models.TextClassifier.load",
        "fasttext.load_model",
        "gensim.models.KeyedVectors.load",
        "gensim.models.KeyedVectors.load_word2vec_format",
        "gensim.models.Word2Vec.load",
        "gensim.models.FastText.load",
        "gensim.models.Doc2Vec.load",
        "gensim.models.LdaModel.load",
        "gensim.downloader.load",
        "mlflow.pyfunc.load_model",
        "mlflow.sklearn.load_model",
        "mlflow.pytorch.load_model",
        "mlflow.tensorflow.load_model",
        "mlflow.keras.load_model",
        "mlflow.xgboost.load_model",
        "mlflow.lightgbm.load_model",
        "mlflow.catboost.load_model",
        "mlflow.spark.load_model",
        "mlflow.transformers.load_model",
        "ultralytics.YOLO",
        "ultralytics.RTDETR",
        "ultralytics.SAM",
        "whisper.load_model",
        "faster_whisper.WhisperModel",
        "llama_cpp.Llama",
        "llama_cpp.Llama.from_pretrained",
        "vllm.LLM",
        "ctransformers.AutoModelForCausalLM.from_pretrained",
        "easyocr.Reader",
        "paddleocr.PaddleOCR",
        "clip.load",
        "open_clip.create_model_and_transforms",
        "open_clip.create_model_from_pretrained",
        "pycaret.classification.load_model",
        "pycaret.regression.load_model",
        "autogluon.tabular.TabularPredictor.load",
        "fastai.learner.load_learner",
        "fastai.vision.all.load_learner",
        "fastai.basics.load_learner",
        "langchain_huggingface.HuggingFaceEmbeddings",
        "langchain_community.embeddings.HuggingFaceEmbeddings",
        "langchain.embeddings.HuggingFaceEmbeddings",
        "pyspark.ml.PipelineModel.load",
        "skops.io.load",
        "tokenizers.Tokenizer.from_file",
        "TTS.api.TTS",
        "insightface.app.FaceAnalysis",
        "detectron2.engine.DefaultPredictor",
        "keybert.KeyBERT",
        "gliner.GLiNER.from_pretrained",
    }
)
"""Calls that do nothing else."""

FILE_READERS: frozenset[str] = frozenset(
    [
        f"{module}.{name}"
        for module in ("pickle", "cloudpickle", "dill", "joblib", "cPickle", "sklearn.externals.joblib")
        for name in ("load", "loads")
    ]
    + ["torch.load", "torch.serialization.load"]
)
"""Readers of any object: of a model only when its path or its use says so."""

CONFIGURATIONS: tuple[str, ...] = ("Config", "Trainer", "Callback", "TrainingArguments")
"""The ends of names of classes whose ``from_pretrained`` reads no more than a small file."""

ZOO_PREFIXES: tuple[str, ...] = ("torchvision.models.", "timm.create_model")
"""Constructors that load weights when ``pretrained`` or ``weights`` says so."""

APPLICATIONS: tuple[str, ...] = ("keras.applications.", "tensorflow.keras.applications.", "tf_keras.applications.")
"""Packages whose classes load weights unless ``weights=None`` is said."""

MODEL_WORDS: frozenset[str] = frozenset(
    "model models clf classifier regressor estimator pipeline pipe vectorizer tfidf scaler encoder tokenizer checkpoint ckpt weights net network rf xgb lgbm svm".split()
)
"""Words in the paths of saved models."""

MODEL_ENDINGS: tuple[str, ...] = (".pt", ".pth", ".ckpt", ".joblib", ".bin")
"""The ends of the paths of saved models."""

INFERENCE_METHODS: frozenset[str] = frozenset(
    "predict predict_proba predict_on_batch predict_log_proba decision_function transform generate encode decode batch_decode transcribe detect embed embed_query embed_documents "
    "infer inference score_samples kneighbors most_similar similarity readtext ocr forward run invoke process_vision translate summarize classify recommend rank __call__ "
    "get_sentence_vector encode_plus batch_encode_plus apply_chat_template chat stream compute_similarity".split()
)
"""Methods by which a loaded model is used."""

SETTING_UP: frozenset[str] = frozenset(
    "to cuda cpu half float eval train bfloat16 compile load_state_dict load_model load_weights requires_grad_ parameters named_parameters state_dict add_pipe disable_pipes "
    "enable_model_cpu_offload enable_xformers_memory_efficient_attention set_progress_bar_config allocate_tensors".split()
)
"""Methods by which it is made ready."""

SAME_EACH_TIME: frozenset[str] = frozenset({"context"})
"""Parameters by which a server hands over the same artefacts at each call."""
