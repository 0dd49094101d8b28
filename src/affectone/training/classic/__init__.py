"""Classic models: features of whole clips, scikit-learn, ONNX."""
