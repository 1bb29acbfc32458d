import { annotationsContract } from '../stores/videos/annotations-contract.ts'
import { videosContract } from '../stores/videos/videos-contract.ts'
import { MemoryVideos } from './memory-videos.ts'

const open = async () => ({ videos: new MemoryVideos(), close: async () => {} })
videosContract('The videos in memory', open)
annotationsContract('Annotations in memory', open)
