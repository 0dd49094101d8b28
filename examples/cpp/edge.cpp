// Say how recordings sound, with a model's folder and onnxruntime alone: edge MODEL_FOLDER CLIP.wav...
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

static_assert(sizeof(void *) == 8, "64-bit only: onnxruntime has no release for 32-bit Linux");

std::string read_file(const std::string &path) {
  std::ostringstream content;
  if (content << std::ifstream(path, std::ios::binary).rdbuf()) return content.str();
  throw std::runtime_error(path + ": cannot be read, or is empty");
}

// Return what follows a key of the card, which is JSON and has each of those asked for once.
const char *after(const std::string &card, const std::string &key) {
  const auto found = card.find("\"" + key + "\":");
  if (found == std::string::npos) throw std::runtime_error("card.json: has no " + key);
  return &card[found + key.size() + 3];
}

// A WAV file is 12 bytes and then chunks: four letters, a length, so many bytes, and one more if these are odd.
std::vector<float> read_wav(const std::string &path, double rate) {
  struct { std::uint16_t kind, channels; std::uint32_t rate, speed; std::uint16_t block, bits; } format{};
  const std::string wav = read_file(path);
  for (std::uint64_t at = 12, length = 0; at + 8 <= wav.size(); at += 8 + length + length % 2) {
    std::memcpy(&length, &wav[at + 4], 4);
    length = std::min(length, wav.size() - at - 8);
    if (wav.compare(at, 4, "fmt ") == 0) std::memcpy(&format, &wav[at + 8], std::min(length, sizeof format));
    if (wav.compare(at, 4, "data") != 0) continue;
    if (format.kind != 1 || format.channels != 1 || format.rate != rate || format.bits != 16) break;
    std::vector<std::int16_t> pcm(length / 2);
    std::memcpy(pcm.data(), &wav[at + 8], 2 * pcm.size());
    std::vector<float> samples(pcm.begin(), pcm.end());
    for (float &sample : samples) sample /= 32768;
    return samples;
  }
  throw std::runtime_error(path + ": is no WAV with 16-bit samples, one channel and the card's sample rate");
}

int main(int count, char **words) try {
  if (count < 3) throw std::runtime_error("usage: edge MODEL_FOLDER CLIP.wav...");
  const std::string folder = words[1], card = read_file(folder + "/card.json");
  const auto number = [&](const char *key) { return std::strtod(after(card, key), nullptr); };
  std::vector<std::string> labels;
  for (const char *at = after(card, "labels"); *(at = std::strpbrk(at, "\"]")) == '"'; ++at)
    at += labels.emplace_back(at + 1, std::strchr(at + 1, '"')).size() + 1;

  setenv("ORT_DISABLE_TELEMETRY", "1", 0);  // Else onnxruntime reports to its maker.
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  // As Python does: the 8-bit weights are multiplied out once, while loading, and not at every run.
  options.AddConfigEntry("session.disable_quant_qdq", "1");
  const Ort::Env env(ORT_LOGGING_LEVEL_ERROR);
  Ort::Session session(env, (folder + "/model.onnx").c_str(), options);
  const auto input = session.GetInputNameAllocated(0, Ort::AllocatorWithDefaultOptions());
  const char *inputs[] = {input.get()}, *outputs[] = {"emotion_logits"};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);

  int status = 0;
  for (const std::string path : std::vector(words + 2, words + count)) try {
    std::vector<float> samples = read_wav(path, number("sample_rate"));
    const double seconds = samples.size() / number("sample_rate");
    if (seconds < number("min_seconds") || seconds > number("window_seconds"))
      throw std::runtime_error(path + ": is shorter or longer than this model hears at once");
    const auto start = std::chrono::steady_clock::now();
    const std::int64_t shape[] = {1, static_cast<std::int64_t>(samples.size())};
    const auto sound = Ort::Value::CreateTensor<float>(memory, samples.data(), samples.size(), shape, 2);
    const auto found = session.Run({}, inputs, &sound, 1, outputs, 1);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;

    const float *logits = found[0].GetTensorData<float>();
    const auto best = std::max_element(logits, logits + labels.size());
    double sum = 0;  // Softmax of the logits over the temperature: that is what makes them probabilities.
    for (auto at = logits; at < logits + labels.size(); ++at) sum += std::exp((*at - *best) / number("temperature"));
    std::cout << "{\"file\": " << std::quoted(path) << ", \"label\": \"" << labels[best - logits];
    for (std::size_t i = 0; i < labels.size(); ++i)
      std::cout << (i ? ", \"" : "\", \"scores\": {\"") << labels[i]
                << "\": " << std::exp((logits[i] - *best) / number("temperature")) / sum;
    std::cout << "}, \"milliseconds\": " << took.count() << "}\n";
  } catch (const std::exception &error) { status = 1, std::cerr << error.what() << "\n"; }
  return status;
} catch (const std::exception &error) {
  std::cerr << error.what() << "\n";
  return 1;
}
